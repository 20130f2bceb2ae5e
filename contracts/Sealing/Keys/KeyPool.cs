using System.Collections.Concurrent;

namespace Hotline.Sealing;

/// <summary>
/// Key objects of one key, each used by one thread at a time: importing a key costs as much as a signature, and the
/// platform does not promise that two threads may share one object.
/// </summary>
sealed class KeyPool<T>(Func<T> import) where T : class, IDisposable
{
    readonly ConcurrentQueue<T> idle = new();

    internal T Rent() => idle.TryDequeue(out var key) ? key : import();

    internal void Return(T key) => idle.Enqueue(key);
}
