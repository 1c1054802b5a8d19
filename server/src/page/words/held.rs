//! The words of what is held and of late registrations.

impl HeldWords {
    /// Why something is held, by the code of its problem and what more was said of it.
    #[must_use]
    pub fn why(&self, problem: &str, detail: &str) -> &'static str {
        match (problem, detail) {
            ("declined", _) => self.on_declined,
            (_, "depends") => self.depends,
            ("late", "author-left") => self.left,
            ("late", _) => self.closed,
            ("withdrawn", _) => self.withdrawn,
            ("permit-state", "expired") => self.expired,
            ("permit-state", "not-yet") => self.not_yet,
            ("permit-state", "not-on-team") => self.strange,
            ("permit-state", _) => self.no_permit,
            ("clock-doubtful", _) => self.clock,
            ("from-revoked", _) => self.revoked,
            ("voided", _) => self.voided,
            ("forbidden", _) => self.barred,
            _ => self.other,
        }
    }

    /// How long after the visit its registration came.
    #[must_use]
    pub fn arrived_after(&self, days: &i64) -> String {
        if *days == 0 { self.same_day.to_owned() } else { self.after.replace("{}", &days.to_string()) }
    }

    /// Why somebody registers late.
    #[must_use]
    pub fn cause(&self, code: &str) -> &'static str {
        match code {
            "network" => self.cause_network,
            "urgent" => self.cause_urgent,
            _ => self.cause_clock,
        }
    }

    /// How the permit stood on the phone.
    #[must_use]
    pub fn standing(&self, code: &str) -> &'static str {
        match code {
            "valid" => self.stood_valid,
            "not-yet" => self.not_yet,
            "expired" => self.expired,
            "wrong-site" => self.stood_elsewhere,
            "clock-doubtful" => self.clock,
            "revoked" => self.withdrawn,
            "trust-old" => self.stood_old,
            _ => self.no_permit,
        }
    }
}

words! {
    /// The words of one language; each is documented by its English.
    HeldWords;
    title: "待核", "Held";
    lead: "以下内容原样保留，等人决定。采用，就按原样算数；不采用，内容仍然保留，手机上也会说明。", "Kept exactly as it came, until a person decides. Accepted, it counts as it is; declined, it is still kept, and the phone is told why.";
    nothing: "没有待核的内容。", "Nothing is held.";
    work: "待核的内容", "Held work";
    site: "点位", "Site";
    who: "人员", "Who";
    why: "原因", "Why";
    since: "收到", "Since";
    contains: "内容", "Contains";
    decide: "决定", "Decide";
    reason: "理由", "Reason";
    reason_wanted: "不采用时请写明理由（最多 500 字）。", "Please give a reason when you decide against it (at most 500 characters).";
    accept: "采用", "Accept";
    decline: "不采用", "Decline";
    lates: "补登", "Late registrations";
    lates_lead: "没有有效督查码就开始的检查，由批准人决定是否算数，并按部门计数。", "Visits begun without a valid permit: an approver decides whether they count, and they are counted for each body.";
    no_lates: "没有补登。", "There are no late registrations.";
    cause: "情形", "Cause";
    stood: "当时的督查码", "The permit then";
    days: "进村和报到", "Visit and arrival";
    same_day: "一天之内报到", "told within a day";
    after: "{} 天后报到", "told {} days later";
    too_late: "超过十天", "over ten days";
    register: "准予补登", "Register";
    not_register: "不予补登", "Do not register";
    registered: "已准予", "Registered";
    not_registered: "未准予", "Not registered";
    counts: "今年的补登，按部门", "Late registrations this year, by body";
    body: "部门", "Body";
    count: "次数", "Count";
    depends: "依据的内容还在待核", "Builds on something that is held";
    on_declined: "依据的内容未被采用，因此不能采用", "Builds on something that was declined, so it cannot be accepted";
    left: "此人离场之后所写", "Written after its author had left";
    closed: "督查结束后才到", "Arrived after the inspection had closed";
    withdrawn: "督查码已撤回", "The permit had been withdrawn";
    expired: "督查码已过期", "The permit had expired";
    not_yet: "督查码还没到日期", "The permit's first day had not begun";
    strange: "此人不在督查码的名单上", "Its author is not on the permit's team";
    no_permit: "没有有效的督查码", "There was no valid permit";
    clock: "手机时钟不可信", "The phone's clock could not be trusted";
    revoked: "来自已停用的手机", "From a phone that was revoked";
    voided: "此次检查已作废", "The inspection was voided";
    barred: "收到时，此人已不能检查", "It arrived when its author could inspect no more";
    moved: "页面打开之后又有内容到达，或者已有人作出决定。没有采用您的选择，请再看一遍。",
        "More has come since this page was opened, or somebody has decided. Your choice was not taken; please look again.";
    own: "其中有您自己所写的内容，请由他人决定。", "Some of it is your own work, so somebody else decides.";
    other: "等人决定", "Awaits a decision";
    cause_network: "网络或系统故障", "Network or system failed";
    cause_urgent: "情况紧急", "It could not wait";
    cause_clock: "手机时钟不准", "The phone's clock was off";
    stood_valid: "有效", "Valid";
    stood_elsewhere: "不是这个点位的", "For another site";
    stood_old: "手机上的名单太旧", "The phone's list of permits was old";
}
