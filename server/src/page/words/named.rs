use super::Words;
use crate::choices::NotChosen;
use crate::page::view::{Event, HeldReason, InspectionState, LoginProblem, PhotoState, Problem, Severity};

/// The words for the pages' enumerations.
impl Words {
    /// How bad a finding is.
    #[must_use]
    pub fn severity(&self, severity: &Severity) -> &'static str {
        match severity {
            Severity::Minor => self.minor,
            Severity::Major => self.major,
            Severity::Critical => self.critical,
        }
    }

    /// How far an inspection is.
    #[must_use]
    pub fn state(&self, state: &InspectionState) -> &'static str {
        match state {
            InspectionState::Planned => self.planned,
            InspectionState::UnderWay => self.under_way,
            InspectionState::LeftBySome => self.left_by_some,
            InspectionState::Closed => self.closed,
            InspectionState::Voided => self.voided,
            InspectionState::Withdrawn => self.state_withdrawn,
            InspectionState::Undecided => self.state_undecided,
            InspectionState::NotRegistered => self.state_not_registered,
        }
    }

    /// How much of a photo is here.
    #[must_use]
    pub fn photo_state(&self, state: &PhotoState) -> &'static str {
        match state {
            PhotoState::Noted => self.noted,
            PhotoState::Announced => self.announced,
            PhotoState::Thumbnail => self.thumbnail_here,
            PhotoState::Rendition => self.rendition_here,
            PhotoState::Original => self.original_here,
        }
    }

    /// What of a photo was checked and holds.
    #[must_use]
    pub fn verified(&self, state: &PhotoState) -> &'static str {
        if *state == PhotoState::Original { self.verified_all } else { self.verified_but_original }
    }

    /// Why something is held.
    #[must_use]
    pub fn held_reason(&self, reason: &HeldReason) -> &'static str {
        match reason {
            HeldReason::Closed => self.held_closed,
            HeldReason::AuthorLeft => self.held_left,
            HeldReason::DependsOnHeld => self.held_depends,
            HeldReason::PermitWithdrawn => self.held_withdrawn,
            HeldReason::ClockDoubtful => self.held_clock,
            HeldReason::DeviceRevoked => self.held_revoked,
            HeldReason::RegisteredLate => self.held_late,
            HeldReason::OutsidePermit => self.held_outside,
            HeldReason::Voided => self.held_voided,
            HeldReason::AuthorBarred => self.held_barred,
            HeldReason::Declined => self.declined,
        }
    }

    /// What happened.
    #[must_use]
    pub fn event(&self, event: &Event) -> String {
        let fixed = match event {
            Event::Arrived { changes } => return self.n_arrived(changes),
            Event::Approved => self.event_approved,
            Event::Started => self.event_started,
            Event::Joined => self.event_joined,
            Event::Chose => self.event_chose,
            Event::Held => self.event_held,
            Event::Accepted => self.event_accepted,
            Event::Declined => self.event_declined,
            Event::Left => self.event_left,
            Event::Withdrawn => self.event_withdrawn,
            Event::RegisteredLate => self.event_late,
            Event::Registered => self.event_registered,
            Event::NotRegistered => self.event_not_registered,
            Event::Voided => self.event_voided,
            Event::Closed => self.event_closed,
        };
        fixed.to_owned()
    }

    /// Why nothing was chosen.
    #[must_use]
    pub fn not_chosen(&self, why: &NotChosen) -> &'static str {
        match why {
            NotChosen::Stale => self.not_chosen_stale,
            NotChosen::NoConflict => self.not_chosen_settled,
            NotChosen::NotAmong => self.not_chosen_among,
            NotChosen::Voided => self.not_chosen_voided,
            NotChosen::Own => self.choose_own,
        }
    }

    /// Why signing in did not work.
    #[must_use]
    pub fn login_problem(&self, problem: &LoginProblem) -> &'static str {
        match problem {
            LoginProblem::Wrong => self.login_wrong,
            LoginProblem::TooMany => self.login_too_many,
            LoginProblem::Ended => self.login_ended,
        }
    }

    /// Why a request cannot be served.
    #[must_use]
    pub fn problem(&self, problem: &Problem) -> &'static str {
        match problem {
            Problem::Forbidden => self.forbidden,
            Problem::NotFound => self.not_found,
            Problem::Internal => self.internal,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn problem_more(&self, problem: &Problem) -> &'static str {
        match problem {
            Problem::Forbidden => self.forbidden_more,
            Problem::NotFound => self.not_found_more,
            Problem::Internal => self.internal_more,
        }
    }
}
