//! The stable codes of everything that can go wrong between phone and server.

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $status:literal;)*) => {
        /// What is wrong, as the other side is told: a code that never changes its meaning.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, minicbor::Encode, minicbor::Decode)]
        #[cbor(index_only)]
        pub enum Problem { $($(#[$doc])* #[n($number)] $name,)* }

        impl Problem {
            /// Every code, for documentation and tests.
            pub const ALL: &'static [Problem] = &[$(Problem::$name,)*];

            /// The code as text, in kebab case.
            pub fn code(self) -> &'static str {
                match self { $(Problem::$name => $code,)* }
            }

            /// The HTTP status it goes with when it concerns a whole request.
            pub fn status(self) -> u16 {
                match self { $(Problem::$name => $status,)* }
            }
        }
    };
}

problems! {
    /// The body is empty.
    Empty = 0, "empty-body", 400;
    /// The body ends too early.
    Truncated = 1, "truncated-body", 400;
    /// The body, a frame or a record is over its limit.
    TooLarge = 2, "too-large", 413;
    /// Not CBOR, not COSE, not zstd: nothing that can be read.
    Malformed = 3, "malformed", 400;
    /// A protocol version that this server does not speak.
    Version = 4, "unknown-version", 400;
    /// The request names another server.
    OtherServer = 5, "other-server", 409;
    /// No such device, or one this server did not sign in.
    UnknownDevice = 6, "unknown-device", 401;
    /// The signature does not hold.
    WrongSignature = 7, "wrong-signature", 401;
    /// The counter is not above the last one seen.
    StaleCounter = 8, "stale-counter", 409;
    /// A frame does not hash to what was signed.
    FrameHash = 9, "frame-hash", 400;
    /// The device was revoked.
    Revoked = 10, "device-revoked", 403;
    /// The one-time code is wrong, used or too old.
    EnrolCode = 11, "enrol-code", 403;
    /// The server cannot do it now; try again later.
    Busy = 12, "busy", 503;
    /// The server failed; nothing was lost.
    Internal = 13, "internal", 500;
    /// No permit of this server leads to this document.
    NoPermit = 14, "no-permit", 403;
    /// The person or device is not on the permit's team.
    NotOnTeam = 15, "not-on-team", 403;
    /// A change that is not what an honest phone writes; the detail names the rule.
    Gate = 16, "gate", 422;
    /// A change builds on one that is not known here.
    UnknownDependency = 17, "unknown-dependency", 422;
    /// Another change stands at this place of this actor: a cloned or restored phone.
    Equivocation = 18, "equivocation", 409;
    /// No session record says which device opened this actor.
    NoSession = 19, "no-session", 422;
    /// An actor that is not the hash of its device's key and nonce.
    ForgedActor = 20, "forged-actor", 422;
    /// A kind of record that a phone does not make.
    KindNotTaken = 21, "kind-not-taken", 422;
    /// The inspection is closed, or its author had left.
    Late = 22, "late", 409;
    /// A key, value or map that an inspector may not write.
    FieldRefused = 23, "field-refused", 422;
    /// The upload capability is wrong, expired or for other bytes.
    Capability = 24, "upload-capability", 403;
    /// The bytes do not hash to what was announced.
    BlobHash = 25, "blob-hash", 460;
    /// The permit is not for this site, day, checklist or person; the detail names the state.
    PermitState = 26, "permit-state", 403;
    /// An earlier item it depends on was refused.
    AfterRefused = 27, "after-refused", 422;
    /// The permit was withdrawn.
    Withdrawn = 28, "withdrawn", 409;
    /// The visit was begun without a valid permit and waits for an approver.
    LateRegistration = 29, "late-registration", 409;
    /// The phone's clock cannot have been right.
    ClockDoubtful = 30, "clock-doubtful", 409;
    /// The inspection was voided.
    Voided = 31, "voided", 409;
    /// The phone was revoked: its work is kept until somebody decides.
    FromRevoked = 32, "from-revoked", 409;
    /// A person decided against it; the detail says why.
    Declined = 33, "declined", 409;
    /// A sealed message that does not open, or says nothing that can be read.
    Sealed = 34, "sealed", 422;
    /// Too many tries; come back later.
    TooMany = 35, "too-many", 429;
    /// Not for this person's role or scope.
    Forbidden = 36, "forbidden", 403;
    /// There is no such thing, or not in this scope.
    NotFound = 37, "not-found", 404;
    /// What was asked for goes against a rule of the plan; the detail names it.
    PlanRule = 38, "plan-rule", 409;
    /// A field of a form or request is wrong; the detail names it.
    Field = 39, "field", 422;
}

impl From<crate::cbor::CborError> for Problem {
    fn from(error: crate::cbor::CborError) -> Self {
        match error {
            crate::cbor::CborError::TooMany { .. } => Problem::TooLarge,
            _ => Problem::Malformed,
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
