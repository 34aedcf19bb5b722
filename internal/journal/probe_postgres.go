package journal

import "context"

// Probe writes the head anew as an Exchange does, with nothing new in it: that fails as an Exchange
// would. See [tracker.Prober].
func (p *Postgres) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, exchangeMax/2)
	defer cancel()
	_, err := p.pool.Exec(ctx, "UPDATE head SET seq = seq")
	return forOperators(err)
}
