package worker

import "context"

// PostNext makes an attempt at the message whose turn it is in the channel; false: none waits.
func (f *Flow) PostNext(ctx context.Context, channel string) (bool, error) {
	_, run, ok, err := f.box().Post(ctx, channel)
	if err != nil || !ok {
		return false, err
	}
	return true, run(ctx)
}
