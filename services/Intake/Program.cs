using Hotline.Hosting;
using Hotline.Hosting.Messages;
using Hotline.Intake;
using Hotline.Intake.Cases;
using Hotline.Intake.Consents;
using Hotline.Intake.Recommendations;
using Hotline.Intake.Referrals;

var builder = HotlineHost.Create(args, out var settings);
builder.Services.AddMessaging<HubParty>(settings);
builder.Services.AddSingleton(HubRelayed.Write);
builder.Services.AddSingleton<HubReferral>();
builder.Services.AddSingleton<EarlierCalls>();
builder.Services.AddSingleton<ConsentEnd>();
builder.Services.AddSingleton<CaseGlass>();
builder.Services.AddSingleton(s => s.GetRequiredService<CaseGlass>().Subjects);
builder.Services.AddSingleton(CaseShredding.Subjects);
builder.Services.AddHostedService<ConsentRounds>();

var app = builder.Build();
app.UseHotline();
IntakeRoutes.Map(app);
await app.RunHotlineAsync();
