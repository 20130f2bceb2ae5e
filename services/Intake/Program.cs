using Hotline.Duty;
using Hotline.Duty.Channels;
using Hotline.Duty.Roster;
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
builder.Services.AddSingleton<EarlierCalls>();
builder.Services.AddPaging();
builder.Services.AddSingleton<OnDuty>();
builder.Services.AddSingleton(new PagingParty("Đường dây nóng"));
builder.Services.AddWatch();

var app = builder.Build();
app.UseHotline();
IntakeRoutes.Map(app);
await app.RunHotlineAsync();
