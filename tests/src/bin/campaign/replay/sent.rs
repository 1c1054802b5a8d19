//! Everything that was sent, taken apart.

use crate::ground::Exchange;
use std::collections::BTreeMap;
use wurao_device::HttpRequest;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::record::Kind;
use wurao_protocol::sync::{Answer, LogMark, Request};
use wurao_protocol::{DocumentId, ServerId, envelope, sync};

/// All of it, in the order it went.
#[derive(Clone, Default)]
pub(super) struct Sent {
    pub(super) whole: Vec<HttpRequest>,
    pub(super) frames: Vec<Frame>,
    pub(super) records: Vec<Bytes>,
    pub(super) changes: Vec<(DocumentId, Bytes)>,
    /// What each phone heard last: where its feed ended, the log's mark, its own record.
    pub(super) heard: BTreeMap<usize, Heard>,
    pub(super) server: Option<ServerId>,
}

/// What a phone knows.
#[derive(Clone, Default)]
pub(super) struct Heard {
    pub(super) device: Bytes,
    pub(super) cursor: Bytes,
    pub(super) log: LogMark,
}

impl Sent {
    pub(super) fn note(&mut self, exchanges: Vec<Exchange>) {
        for Exchange { phone, request, answer } in exchanges {
            if let Ok(asked) = Request::from_body(&request.body).map_err(|_| ()) {
                self.take_apart(phone, &asked, &answer.body);
            }
            self.whole.push(request);
        }
    }

    fn take_apart(&mut self, phone: usize, asked: &Request, answer: &[u8]) {
        if let Ok(head) = envelope::open_as::<sync::RequestHead>(&asked.start.head.0) {
            self.server = Some(head.body.server);
        }
        let heard = self.heard.entry(phone).or_default();
        heard.device = asked.start.device.clone();
        if let Ok(answer) = Answer::from_body(answer) {
            heard.cursor = answer.cursor;
            heard.log = LogMark { kept: None, ..answer.log };
        }
        for frame in asked.frames.iter().filter_map(|frame| Frame::unpack(frame).ok()) {
            self.records.extend(frame.records.iter().cloned());
            for DocumentChanges { document, changes, .. } in &frame.documents {
                self.changes.extend(changes.iter().map(|change| (*document, change.clone())));
            }
            self.frames.push(frame);
        }
    }
}

/// Whether this is a heads record.
pub(super) fn is_heads(record: &Bytes) -> bool {
    envelope::open(&record.0).is_ok_and(|record| record.kind == Kind::Heads)
}
