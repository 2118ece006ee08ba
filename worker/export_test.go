package worker

// Attempt makes one attempt at a claimed effect, as a channel's turn does.
var Attempt = (*Flow).attempt
