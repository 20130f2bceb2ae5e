using Hotline.Console;
using Hotline.Hosting;
using Hotline.Hosting.Messages;
using Hotline.Intake;
using Hotline.Intake.Desk;
using Hotline.Intake.Recommendations;
using Hotline.Intake.Referrals;

var builder = HotlineHost.Create(args, out var settings);
builder.Services.AddMessaging<HubParty>(settings);
builder.Services.AddSingleton(HubRelayed.Write);
builder.Services.AddSingleton<HubReferral>();
builder.Services.AddSingleton<DeskBoard>();
builder.Services.AddConsole(typeof(IntakeRoutes).Assembly);
builder.Services.AddSingleton(IntakeFace.Of(settings.HotlineNumber));
builder.Services.AddSingleton<EarlierCalls>();

var app = builder.Build();
app.UseHotline();
app.UseConsole();
IntakeRoutes.Map(app);
IntakeRoutes.MapScreens(app);
app.MapConsole();
await app.RunHotlineAsync();
