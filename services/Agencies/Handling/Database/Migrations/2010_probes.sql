create index referrals_probes on referrals (id) where class = 'probe';
