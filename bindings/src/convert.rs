//! From the facade's views to those that cross the border. Every field is named on both sides, so that the compiler
//! lists what the facade gains.

use crate::views::{
    Amended, Among, Choice, Enrolled, Field, FieldStanding, Form, FormFinding, FormItem, HandOver, HandedOver, Held,
    HeldBy, Outbox, PersonView, PhotoState, PhotoView, RawValue, RowView, SectionView, Settled, Step, SyncOptions,
    SyncReport, Unsettled, UnsettledRecords, Words, WorkItem, WorkState,
};
use std::path::PathBuf;
use wurao_device as facade;

impl From<facade::Enrolled> for Enrolled {
    fn from(view: facade::Enrolled) -> Self {
        let facade::Enrolled { device, name, already, persons } = view;
        Self { device, name, already, persons: all(persons) }
    }
}

impl From<facade::PersonView> for PersonView {
    fn from(view: facade::PersonView) -> Self {
        let facade::PersonView { id, name, at_work, has_pin } = view;
        Self { id: id.to_string(), name, at_work, has_pin }
    }
}

impl From<facade::WorkItem> for WorkItem {
    fn from(view: facade::WorkItem) -> Self {
        let facade::WorkItem {
            permit,
            number,
            ad_hoc,
            visits,
            team,
            document,
            site,
            site_id,
            division,
            purpose,
            body,
            checklist,
            not_before_s,
            expires_s,
            permit_standing,
            state,
            late,
            voided,
            withdrawn,
            problems,
        } = view;
        Self {
            permit: permit.to_string(),
            number,
            ad_hoc,
            visits,
            team,
            document: document.to_string(),
            site: site.into(),
            site_id: site_id.to_string(),
            division,
            purpose: purpose.into(),
            body: body.into(),
            checklist: checklist.into(),
            not_before_s,
            expires_s,
            permit_standing: permit_standing.to_string(),
            state: state.into(),
            late: late.map(Into::into),
            voided,
            withdrawn,
            problems: all(problems),
        }
    }
}

impl From<facade::Form> for Form {
    fn from(view: facade::Form) -> Self {
        let facade::Form {
            document,
            title,
            site,
            sections,
            findings,
            missing,
            conflicts,
            late,
            voided,
            withdrawn,
            problems,
            amendment,
        } = view;
        Self {
            document: document.to_string(),
            title,
            site,
            sections: all(sections),
            findings: all(findings),
            missing,
            conflicts,
            late: late.map(Into::into),
            voided,
            withdrawn,
            problems: all(problems),
            amendment: all(amendment),
        }
    }
}

impl From<facade::Amended> for Amended {
    fn from(view: facade::Amended) -> Self {
        let facade::Amended { question, instance, label, value, shown, original, photo, by, standing, problem, detail } =
            view;
        let (photo, by) = (photo.map(Into::into), by.into());
        Self { question, instance, label, value, shown, original, photo, by, standing, problem, detail }
    }
}

impl From<facade::SectionView> for SectionView {
    fn from(view: facade::SectionView) -> Self {
        let facade::SectionView { title, items } = view;
        Self { title, items: all(items) }
    }
}

impl From<facade::RowView> for RowView {
    fn from(view: facade::RowView) -> Self {
        let facade::RowView { instance, title, items } = view;
        Self { instance, title, items: all(items) }
    }
}

impl From<facade::Field> for Field {
    fn from(view: facade::Field) -> Self {
        let facade::Field {
            question,
            instance,
            label,
            hint,
            kind,
            value,
            shown,
            missing,
            readonly,
            violation,
            violation_text,
            failed,
            needs_photo,
            needs_note,
            standing,
            held,
            among,
            settled,
            choices,
            photos,
        } = view;
        Self {
            question,
            instance,
            label,
            hint,
            kind: kind.to_string(),
            value,
            shown,
            missing,
            readonly,
            violation,
            violation_text,
            failed,
            needs_photo,
            needs_note,
            standing: standing.into(),
            held: all(held),
            among,
            settled: all(settled),
            choices: choices.into_iter().map(|(name, label)| Choice { name, label }).collect(),
            photos: all(photos),
        }
    }
}

impl From<facade::Held> for Held {
    fn from(view: facade::Held) -> Self {
        let facade::Held { value, shown, by } = view;
        Self { value, shown, by: all(by) }
    }
}

impl From<facade::Settled> for Settled {
    fn from(view: facade::Settled) -> Self {
        let facade::Settled { shown, by, among } = view;
        Self { shown, by: by.into(), among: all(among) }
    }
}

impl From<facade::Among> for Among {
    fn from(view: facade::Among) -> Self {
        let facade::Among { shown, by, chose } = view;
        Self { shown, by: by.into(), chose }
    }
}

impl From<facade::HeldBy> for HeldBy {
    fn from(view: facade::HeldBy) -> Self {
        let facade::HeldBy { person, device, at_ms } = view;
        Self { person, device, at_ms }
    }
}

impl From<facade::FormFinding> for FormFinding {
    fn from(view: facade::FormFinding) -> Self {
        let facade::FormFinding { question, instance, severity, title, detail } = view;
        Self { question, instance, severity: severity.to_string(), title, detail }
    }
}

impl From<facade::PhotoView> for PhotoView {
    fn from(view: facade::PhotoView) -> Self {
        let facade::PhotoView {
            original,
            question,
            instance,
            state,
            thumbnail,
            rendition,
            rendition_sha256,
            thumbnail_sha256,
        } = view;
        Self {
            original,
            question,
            instance,
            state: state.into(),
            thumbnail: thumbnail.map(path),
            rendition: rendition.map(path),
            rendition_sha256,
            thumbnail_sha256,
        }
    }
}

impl From<facade::RawValue> for RawValue {
    fn from(view: facade::RawValue) -> Self {
        let facade::RawValue { map, key, values } = view;
        Self { map, key, values }
    }
}

impl From<facade::Outbox> for Outbox {
    fn from(view: facade::Outbox) -> Self {
        let facade::Outbox { changes, records, unsettled_records, thumbnails, renditions, bytes, photos_with_problems } =
            view;
        Self {
            changes: all(changes),
            records,
            unsettled_records: all(unsettled_records),
            thumbnails,
            renditions,
            bytes,
            photos_with_problems,
        }
    }
}

impl From<facade::UnsettledRecords> for UnsettledRecords {
    fn from(view: facade::UnsettledRecords) -> Self {
        let facade::UnsettledRecords { kind, standing, problem, records } = view;
        Self { kind, standing, problem, records }
    }
}

impl From<facade::Unsettled> for Unsettled {
    fn from(view: facade::Unsettled) -> Self {
        let facade::Unsettled { document, standing, problem, detail, changes } = view;
        Self { document: document.to_string(), standing, problem, detail, changes }
    }
}

impl From<facade::HandOver> for HandOver {
    fn from(view: facade::HandOver) -> Self {
        let facade::HandOver { file, to, inspections, changes, left } = view;
        Self { file, to, inspections, changes, left }
    }
}

impl From<facade::HandedOver> for HandedOver {
    fn from(view: facade::HandedOver) -> Self {
        let facade::HandedOver { from, changes, records, set_aside } = view;
        Self { from, changes, records, set_aside }
    }
}

impl From<facade::SyncReport> for SyncReport {
    fn from(view: facade::SyncReport) -> Self {
        let facade::SyncReport {
            requests,
            text_bytes_up,
            text_bytes_down,
            changes_taken,
            changes_held,
            changes_waiting,
            changes_refused,
            records_settled,
            records_refused,
            changes_received,
            records_received,
            quarantined,
            offered_again,
            log_forked,
            signed_anew,
            photos_damaged,
            photos_uploaded,
            photo_bytes_up,
        } = view;
        Self {
            requests,
            text_bytes_up,
            text_bytes_down,
            changes_taken,
            changes_held,
            changes_waiting,
            changes_refused,
            records_settled,
            records_refused,
            changes_received,
            records_received,
            quarantined,
            offered_again,
            log_forked,
            signed_anew,
            photos_damaged,
            photos_uploaded,
            photo_bytes_up,
        }
    }
}

impl From<facade::WorkState> for WorkState {
    fn from(view: facade::WorkState) -> Self {
        match view {
            facade::WorkState::Planned => Self::Planned,
            facade::WorkState::Started => Self::Started,
            facade::WorkState::Left => Self::Left,
            facade::WorkState::Closed => Self::Closed,
            facade::WorkState::Voided => Self::Voided,
        }
    }
}

impl From<facade::FieldStanding> for FieldStanding {
    fn from(view: facade::FieldStanding) -> Self {
        match view {
            facade::FieldStanding::Empty => Self::Empty,
            facade::FieldStanding::Agreed => Self::Agreed,
            facade::FieldStanding::Conflict => Self::Conflict,
            facade::FieldStanding::Chosen => Self::Chosen,
        }
    }
}

impl From<wurao_protocol::Words> for Words {
    fn from(words: wurao_protocol::Words) -> Self {
        let wurao_protocol::Words { zh, en } = words;
        Self { zh, en }
    }
}

impl From<facade::FormItem> for FormItem {
    fn from(item: facade::FormItem) -> Self {
        match item {
            facade::FormItem::Field(field) => Self::Question { field: (*field).into() },
            facade::FormItem::Rows { kind, parent, title, rows } => Self::Rows { kind, parent, title, rows: all(rows) },
        }
    }
}

impl From<facade::PhotoState> for PhotoState {
    fn from(state: facade::PhotoState) -> Self {
        match state {
            facade::PhotoState::Kept => Self::Kept,
            facade::PhotoState::Ready => Self::Ready,
            facade::PhotoState::Uploaded => Self::Uploaded,
            facade::PhotoState::Unreadable(code) => Self::Unreadable { code },
        }
    }
}

impl From<facade::Step> for Step {
    fn from(step: facade::Step) -> Self {
        match step {
            facade::Step::Round { pushed, pulled } => Self::Round { pushed, pulled },
            facade::Step::Waiting { ms } => Self::Waiting { ms },
            facade::Step::Upload { sha256, sent, of } => Self::Upload { sha256, sent, of },
        }
    }
}

impl From<SyncOptions> for facade::SyncOptions {
    fn from(options: SyncOptions) -> Self {
        let usual = Self::default();
        Self {
            photos: options.photos,
            feed_limit: options.feed_limit.unwrap_or(usual.feed_limit),
            chunk: options.chunk.map_or(usual.chunk, |bytes| bytes as usize),
            tries: options.tries,
            most_ms: options.most_ms,
            ..usual
        }
    }
}

fn all<A, B: From<A>>(views: Vec<A>) -> Vec<B> {
    views.into_iter().map(Into::into).collect()
}

fn path(path: PathBuf) -> String {
    path.to_string_lossy().into_owned()
}
