package page

import (
	"container/list"
	"sync"
	"time"
)

// cache keeps what was read for a while, and within a size: the oldest goes
// first. Safe for concurrent use.
type cache[T any] struct {
	life time.Duration // below 0: nothing is kept
	room int           // bytes, roughly

	mu    sync.Mutex
	used  int
	order list.List // of *kept[T], oldest first
	known map[string]*list.Element
}

type kept[T any] struct {
	key   string
	value T
	size  int
	until time.Time
}

func newCache[T any](life time.Duration, room int) *cache[T] {
	return &cache[T]{life: life, room: room, known: map[string]*list.Element{}}
}

func (c *cache[T]) get(key string, now time.Time) (value T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.known[key]
	if !ok {
		return value, false
	}
	found := at.Value.(*kept[T])
	if now.After(found.until) {
		c.drop(at)
		return value, false
	}
	return found.value, true
}

// put keeps a value of about size bytes; one that is larger than a quarter of
// the room is not kept.
func (c *cache[T]) put(key string, value T, size int, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.known[key]; ok {
		c.drop(at)
	}
	if c.life < 0 || size > c.room/4 {
		return
	}
	c.known[key] = c.order.PushBack(&kept[T]{key, value, size, now.Add(c.life)})
	for c.used += size; c.used > c.room; {
		c.drop(c.order.Front())
	}
}

// forget drops what is kept under the keys.
func (c *cache[T]) forget(is func(key string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, at := range c.known {
		if is(key) {
			c.drop(at)
		}
	}
}

func (c *cache[T]) drop(at *list.Element) {
	old := c.order.Remove(at).(*kept[T])
	delete(c.known, old.key)
	c.used -= old.size
}
