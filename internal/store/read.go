package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// Reads is the side of the records for people.
func (s *Store) Reads() *read.Reads { return s.reads }

// Lead, Dossier, Conflicts and Pauses are what work on a lead reads, as Reads does.
func (s *Store) Lead(ctx context.Context, id string) (lead.Lead, error) { return s.reads.Lead(ctx, id) }

func (s *Store) Dossier(ctx context.Context, id string) (lead.Dossier, error) {
	return s.reads.Dossier(ctx, id)
}

func (s *Store) Conflicts(ctx context.Context, l *lead.Lead) ([]lead.Conflict, error) {
	return s.reads.Conflicts(ctx, l)
}

func (s *Store) Pauses(ctx context.Context) ([]lead.Pause, error) { return s.reads.Pauses(ctx) }

// LeadOfReview returns the id of the lead that the review round is about.
func (s *Store) LeadOfReview(ctx context.Context, reviewID string) (string, error) {
	var id string
	err := s.read.QueryRowContext(ctx, `SELECT lead_id FROM reviews WHERE id = $1`, reviewID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("review %s: %w", reviewID, err)
	}
	return id, nil
}
