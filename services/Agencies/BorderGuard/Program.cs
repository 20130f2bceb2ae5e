await Hotline.Handling.AgencyHost.RunAsync(args);
