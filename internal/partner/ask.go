package partner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"

	"leadtriage/internal/lead"
)

// Question is what reviewers may ask the partner that sent a lead.
type Question struct {
	ID     string
	Ask    Words
	Signal string // a yes is this signal; empty: the answer is words alone
}

func (p *Policy) question(id string) (Question, bool) {
	if i := slices.IndexFunc(p.Questions, func(q Question) bool { return q.ID == id }); i >= 0 {
		return p.Questions[i], true
	}
	return Question{}, false
}

// Bounds of an answer, in letters and bytes.
const (
	mostWords = 1000
	mostName  = 80
	mostForm  = 16 << 10
)

// Answer is the page behind a question's token: GET shows, POST answers, once.
func (p *Pages) Answer(ctx context.Context, token string) (http.Handler, error) {
	l, err := p.Links.Link(ctx, lead.AnswerLink, token, p.Now())
	if err != nil {
		return gone(""), err
	}
	who := p.partner(l.Partner)
	say := speak(who.Locale)
	d, err := p.Records.Dossier(ctx, l.LeadID)
	if err == nil && d.Lead.MergedInto != "" {
		d, err = p.Records.Dossier(ctx, d.Lead.MergedInto)
	}
	if err != nil {
		return gone(who.Locale), err
	}
	effect, ok := lead.KindOfEffect(l.About), false
	var q Question
	for _, e := range d.Effects {
		if e.ID == l.About && effect == lead.PartnerAskEffect {
			q, ok = p.Policy.question(e.Event)
		}
	}
	if !ok || p.Policy.extent(&d.Lead) == Nothing {
		return gone(who.Locale), lead.ErrNotFound
	}
	form := shown{words: say, Heading: fmt.Sprintf(say.Answer.Title, oneLine(nameOf(&d.Lead))),
		Intro:    fmt.Sprintf(say.Answer.About, say.day(d.Lead.CreatedAt)),
		Question: q.Ask.In(who.Locale), YesNo: q.Signal != "", Button: say.Answer.Send}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case d.Lead.AnsweredPartner(l.About):
			p.say(w, status(r, http.StatusConflict), say, say.Answer.Done, say.Answer.DoneHelp)
		case r.Method != http.MethodPost:
			p.show(w, http.StatusOK, "question.html", form)
		default:
			p.answer(w, r, form, d.Lead.ID, lead.PartnerAnswer{ID: l.About, Question: q.ID, Signal: q.Signal})
		}
	}), nil
}

// status is that of a POST; a GET is answered 200.
func status(r *http.Request, ofPost int) int {
	if r.Method == http.MethodPost {
		return ofPost
	}
	return http.StatusOK
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request, form shown, leadID string, a lead.PartnerAnswer) {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	say := form.words
	err := r.ParseForm()
	a.Words, a.By = lead.Clean(r.PostForm.Get("words")), oneLine(lead.Clean(r.PostForm.Get("name")))
	form.Words, form.By = a.Words, a.By
	if choice := r.PostForm.Get("answer"); form.YesNo && (choice == "yes" || choice == "no") {
		yes := choice == "yes"
		a.Yes = &yes
	}
	switch {
	case err != nil || utf8.RuneCountInString(a.Words) > mostWords || utf8.RuneCountInString(a.By) > mostName:
		form.Fault = say.Answer.TooLong
	case form.YesNo && a.Yes == nil:
		form.Fault = say.Answer.Pick
	case !form.YesNo && a.Words == "":
		form.Fault = say.Answer.Empty
	}
	if form.Fault != "" {
		p.show(w, http.StatusUnprocessableEntity, "question.html", form)
		return
	}
	switch err := p.Flow.AnswerPartner(r.Context(), leadID, a); {
	case errors.Is(err, lead.ErrAsked):
		p.say(w, http.StatusConflict, say, say.Answer.Done, say.Answer.DoneHelp)
	case err != nil:
		later(w)
	default:
		p.say(w, http.StatusOK, say, say.Answer.Thanks, say.Answer.ThanksHelp)
	}
}

// OptOut is the page behind the way out of e-mails: GET shows, POST acts, also a mail
// program's own (RFC 8058).
func (p *Pages) OptOut(ctx context.Context, token string) (http.Handler, error) {
	l, err := p.Links.Link(ctx, lead.OptOutLink, token, p.Now())
	if err != nil {
		return gone(""), err
	}
	say := speak(p.partner(l.Partner).Locale)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := p.Links.OptedOut(r.Context(), l.About)
		if err == nil && r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, mostForm)
			out = r.FormValue("again") == ""
			err = p.Links.OptOut(r.Context(), l.About, out, p.Now())
		}
		switch {
		case err != nil:
			later(w)
		case out:
			p.show(w, http.StatusOK, "question.html", shown{words: say,
				Heading: say.OptOut.Done, Intro: say.OptOut.DoneHelp, Button: say.OptOut.Again, Again: "again"})
		case r.Method == http.MethodPost:
			p.say(w, http.StatusOK, say, say.OptOut.Back, say.OptOut.BackHelp)
		default:
			p.show(w, http.StatusOK, "question.html", shown{words: say, Heading: say.OptOut.Title, Intro: say.OptOut.Ask, Button: say.OptOut.Do})
		}
	}), nil
}

// say is a page of a heading and a sentence.
func (p *Pages) say(w http.ResponseWriter, status int, say *words, heading, sentence string) {
	p.show(w, status, "gone.html", shown{words: say, Heading: heading, Intro: sentence})
}
