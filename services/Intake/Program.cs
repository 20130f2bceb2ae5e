using Hotline.Console;
using Hotline.Duty;
using Hotline.Duty.Channels;
using Hotline.Hosting;
using Hotline.Hosting.Messages;
using Hotline.Intake;
using Hotline.Intake.Recommendations;
using Hotline.Intake.Referrals;
using Hotline.Intake.Watch;

var builder = HotlineHost.Create(args, out var settings);
builder.Services.AddMessaging<HubParty>(settings);
builder.Services.AddSingleton(HubRelayed.Write);
builder.Services.AddSingleton<HubReferral>();
builder.Services.AddRoster();
builder.Services.AddConsole(typeof(IntakeRoutes).Assembly);
builder.Services.AddSingleton(IntakeFace.Of(settings.HotlineNumber));
builder.Services.AddSingleton<EarlierCalls>();
builder.Services.AddPaging();
builder.Services.AddSingleton(new PagingParty("Đường dây nóng"));
builder.Services.AddWatch();

var app = builder.Build();
app.UseHotline();
app.UseConsole();
IntakeRoutes.Map(app);
app.MapConsole();
await app.RunHotlineAsync();
