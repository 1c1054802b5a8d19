//! Every fixed word of the pages, in both languages side by side. A word without one of them does not compile.

/// A list of fixed words: a struct with a field for each, and the two languages of it.
macro_rules! words {
    ($(#[$doc:meta])* $list:ident; $($name:ident: $zh:literal, $en:literal;)*) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $list {
            lang: $crate::page::Lang,
            $(#[doc = $en] pub $name: &'static str,)*
        }

        static ZH: $list = $list { lang: $crate::page::Lang::Zh, $($name: $zh,)* };
        static EN: $list = $list { lang: $crate::page::Lang::En, $($name: $en,)* };

        impl $list {
            /// The words of a language.
            #[must_use]
            pub fn of(lang: $crate::page::Lang) -> &'static Self {
                match lang {
                    $crate::page::Lang::Zh => &ZH,
                    $crate::page::Lang::En => &EN,
                }
            }

            /// The language they are of.
            #[must_use]
            pub fn lang(&self) -> $crate::page::Lang {
                self.lang
            }

            #[cfg(test)]
            pub(in crate::page) const PAIRS: &'static [(&'static str, &'static str, &'static str)] =
                &[$((stringify!($name), $zh, $en),)*];
        }
    };
}

mod account;
mod admin;
mod counted;
mod held;
mod named;
mod plan;

mod village;

pub use account::AccountWords;
pub use admin::AdminWords;
pub use held::HeldWords;
pub use plan::PlanWords;
pub use village::VillageWords;

use super::Lang;

impl Words {
    /// Stands between a word and what it announces.
    #[must_use]
    pub fn colon(&self) -> &'static str {
        match self.lang {
            Lang::Zh => "：",
            Lang::En => ": ",
        }
    }
}

words! {
    /// The fixed words of one language; each is documented by its English.
    Words;
    // around every page
    product: "无扰", "Wurao";
    promise: "进村督查，不扰村里", "Inspection that leaves the village undisturbed";
    skip: "跳到正文", "Skip to the content";
    navigation: "栏目", "Sections of the site";
    overview: "总览", "Overview";
    findings: "问题", "Findings";
    phones: "手机", "Phones";
    plan: "年度计划", "Plan";
    feedback: "评价", "Villages say";
    admin: "管理", "Administration";
    other_language: "English", "中文";
    sign_out: "退出", "Sign out";
    live: "实时更新", "Live";
    reconnecting: "正在重连", "Reconnecting";
    close: "关闭", "Close";
    previous: "上一张", "Previous";
    next: "下一张", "Next";
    made_at: "本页生成于", "This page was made at";
    zone: "时间为北京时间（UTC+8）", "All times are UTC+8";

    // signing in
    sign_in: "登录", "Sign in";
    name: "姓名", "Name";
    login: "登录名", "Login name";
    password: "密码", "Password";
    login_wrong: "登录名或密码不对。", "Login or password is wrong.";
    login_too_many: "尝试次数太多，请过一分钟再试。", "Too many attempts. Please try again in one minute.";
    login_ended: "上次登录已结束，请重新登录。", "Your session has ended. Please sign in again.";
    login_note: "供起草、审批、主管、审计和管理人员使用。督查人员用手机；村里不用登录，也不用上传任何东西。", "For everybody who plans, approves, supervises, audits or administers. Inspectors use their phones; villages never sign in and never upload anything.";

    // problems
    forbidden: "您的角色不能用这一页", "Your role does not include this page";
    forbidden_more: "能看什么、做什么由角色决定。如果工作需要，请联系管理员调整您的角色。", "What one sees and does follows from one's role. If your work needs this, ask an administrator for the role.";
    not_found: "没有这一页", "There is no such page";
    not_found_more: "地址可能有误，或者它不在您的范围内。", "The address may be wrong, or it is outside your scope.";
    internal: "服务器出错了", "The server failed";
    internal_more: "已收到的内容没有丢失。请稍后再试。", "Nothing that was received is lost. Please try again shortly.";
    reference: "求助时请报编号", "Quote this when asking for help";
    back_to_overview: "回到总览", "Back to the overview";

    // the county
    at_a_glance: "现在的情况", "At a glance";
    villages: "村", "Villages";
    village: "村", "Village";
    inspections: "督查", "Inspections";
    inspection: "督查", "Inspection";
    planned: "已批准", "Planned";
    under_way: "进行中", "Under way";
    left_by_some: "部分离场", "Some have left";
    closed: "已结束", "Closed";
    voided: "已作废", "Voided";
    state_withdrawn: "已撤回", "Withdrawn";
    state_undecided: "补登待定", "Late, not decided";
    state_not_registered: "不予补登", "Not registered";
    late: "补登记", "Registered late";
    refused: "村里拒绝", "Refused by the village";
    refused_more: "村里拒绝了这次督查。拒绝不需要理由，也不留姓名。最近一次：", "The village refused this visit. A refusal needs no reason and no name is kept. Last on";
    refusals: "村里拒绝", "Refused by villages";
    ad_hoc: "一事一报", "Ad hoc";
    critical: "严重", "Critical";
    major: "较重", "Major";
    minor: "一般", "Minor";
    conflicts: "所填不同", "Conflicts";
    conflicts_more: "两人所填不同，等人选定", "answered differently, not yet decided";
    held: "待核", "Held";
    declined: "未采用", "Declined";
    declined_note: "有人决定不采用。内容仍然保存，这里可以查看。", "Somebody decided against it. It is kept, and can be read here.";
    held_more: "已收下，等人决定", "kept, waiting for a person";
    photos: "照片", "Photos";
    on_phones: "还在手机上", "Still on phones";
    on_phones_more: "等手机有网再传", "will come when the phones find a network";
    burden: "减负台账", "Burden ledger";
    visits: "进村次数", "Visits";
    avoided: "合并少进", "Avoided by merging";
    on_site_time: "现场用时", "Time on site";
    questions_answered: "检查项", "Questions answered";
    photos_taken: "拍照", "Photos taken";
    villages_caption: "各村的督查：状态、人员、进度、要看的事", "Villages and their inspections: state, people, progress, what needs a look";
    state_and_team: "状态和人员", "State and people";
    progress: "进度", "Progress";
    to_look_at: "要看的事", "Needs a look";
    nothing: "无", "Nothing";
    no_inspection: "没有督查", "No inspection";
    not_visited: "今年还没进过村", "No visit this year";
    no_villages: "您的范围内还没有村。", "There is no village in your scope yet.";
    answers: "答题", "Answers";
    required: "必答", "Required";
    not_started: "未开始", "Not started";
    on_site: "在现场，自", "On site since";
    left: "已离场", "Left";

    // phones
    phone: "手机", "Phone";
    phones_caption: "手机：谁在用、最近联系、还没传完的照片", "Phones: who uses them, last contact, photos not sent yet";
    no_phones: "还没有登记手机。", "No phone is enrolled yet.";
    person: "使用人", "Person";
    last_seen: "最近联系", "Last seen";
    never_seen: "从未联系", "Never";
    revoked: "已停用", "Revoked";
    all_sent: "已全部传完", "All sent";
    not_sent: "未传完", "Not sent yet";
    thumbnails: "缩略图", "Thumbnails";
    renditions: "看图", "Renditions";
    originals: "原图", "Originals";
    phones_note: "文字先到，缩略图随后；原图只在不计流量的网络上传。没传完的照片仍完好地存在手机里。", "Text comes first, then thumbnails; originals only travel on an unmetered network. What is not sent yet is safe on the phone.";

    // findings
    findings_caption: "问题：轻重、地点、内容、照片", "Findings: severity, place, what is wrong, photos";
    severity: "轻重", "Severity";
    found: "发现于", "Found";
    finding: "问题", "Finding";
    no_findings: "没有发现问题。", "No findings.";
    made_by_hand: "现场记下", "Noted by hand";

    // one inspection
    permit: "督查码", "Permit";
    no_permit: "没有督查码：按补登记收下。", "No permit: kept as registered late.";
    number: "编号", "Number";
    body: "部门", "Body";
    purpose: "事由", "Purpose";
    days: "日期", "Days";
    to: "至", "to";
    checklist: "清单", "Checklist";
    version: "版本", "Version";
    division: "区划代码", "Division code";
    withdrawn: "已撤回", "Withdrawn";
    team: "人员", "People";
    timeline: "经过", "What happened";
    phones_waiting: "还有内容在手机上", "Still on a phone";
    everything_here: "手机上的内容已全部收到。", "Everything announced has arrived.";
    needs_you: "先看这里", "Look here first";
    question: "检查项", "Question";
    answer: "所填", "Answer";
    who_and_when: "谁 · 何时", "Who and when";
    empty: "未填", "Not answered";
    calculated: "自动算出", "Calculated";
    agreed: "所填一致", "Agreed";
    conflict: "两人所填不同，均已保留", "People answered differently; all answers are kept";
    conflict_two: "两人所填不同，均已保留", "Two people answered differently; both are kept";
    see_above: "所填不同，见本节开头", "Answered differently, see the top of this section";
    differs: "所填不同", "Differs";
    conflict_reopened: "选定之后收到了当时没看到的填法，均已保留", "A value came that the choice had not seen; all are kept";
    conflict_chosen_apart: "两人选定不同，均已保留", "People chose differently; all answers are kept";
    chosen: "已选定", "Chosen";
    chosen_by: "选定人", "Chosen by";
    chosen_among: "当时所填", "What had been answered";
    chosen_after: "督查结束后选定", "Chosen after it had closed";
    choose: "选定这一种", "Choose this answer";
    choose_legend: "以哪一种为准", "Which of these answers counts";
    choose_note: "以您的名义记下，发到各手机；在这里不能撤回，各种填法都会保留。", "Recorded under your name and told to the phones. It cannot be taken back here; every answer is kept.";
    choose_own: "这一项您自己也填过，请由他人选定。", "You answered this yourself, so somebody else chooses.";
    not_chosen_stale: "打开本页之后又来了别的填法，所以没有选定。请看过再选。", "Another value has come since this page was made, so nothing was chosen. Please look again.";
    not_chosen_settled: "没有选定：这一项已没有不同，已有人选定，或各人所填已一致。", "Nothing was chosen: there is nothing to choose between any more. Somebody has chosen, or the answers agree.";
    not_chosen_among: "没有选定：所选的不在本页所列之中。", "Nothing was chosen: what was picked is none of the answers on this page.";
    not_chosen_voided: "没有选定：这次督查已作废。", "Nothing was chosen: this inspection was voided.";
    row: "第", "Row";
    no_rows: "没有行", "No rows";
    breaks_rule: "不合要求", "Breaks a rule";
    no_photos: "没有照片。", "No photos.";
    announced: "还在手机上", "Still on the phone";
    noted: "手机上已记下；图未到，或无法显示", "Noted on the phone; no picture has arrived, or it cannot be shown";
    noted_more: "有照片只在手机上记下，图还没有来。", "Photos were noted on a phone; their pictures have not come.";
    thumbnail_here: "缩略图已到", "Thumbnail is here";
    rendition_here: "看图已到", "Rendition is here";
    original_here: "原图已到", "Original is here";
    verified_all: "已核验：原图、看图、缩略图与手机签名的记录相符", "Verified: original, rendition and thumbnail match what the phone signed";
    verified_but_original: "已核验：已到的图与手机签名的记录相符；原图还在手机上，签名已锁定其哈希", "Verified: what has arrived matches what the phone signed; the original is still on the phone, its hash is in the signed entry";
    not_verified: "未核验", "Not verified";
    verified_short: "已核验", "Verified";
    taken: "拍摄时间", "Taken";
    taken_by: "拍摄人", "Taken by";
    position: "位置", "Position";
    no_position: "没有定位", "No position";
    hash: "原图哈希", "Hash of the original";
    arrival: "到达", "Arrival";
    evidence: "取证", "Evidence";
    photo_details: "照片详情", "About this photo";
    open_photo: "看大图", "Open the photo";
    received: "收到于", "Received";
    held_note: "以下内容已原样收下，由主管人员决定是否采用；手机上也看得到它在待核。", "What follows is kept exactly as it came until a supervisor decides; the phone shows it as held too.";

    // why something is held
    held_closed: "督查已结束后才到", "Arrived after the inspection had closed";
    held_left: "此人离场之后所写", "Written after its author had left";
    held_depends: "依据的内容还在待核", "Builds on something that is held";
    held_withdrawn: "督查码已撤回", "The permit had been withdrawn";
    held_clock: "手机时钟不可信", "The phone's clock could not be trusted";
    held_barred: "收到时，此人已不能检查", "It arrived when its author could inspect no more";
    held_revoked: "手机已停用", "The phone is revoked";
    held_late: "补登记，等批准", "Registered late, awaiting approval";
    held_outside: "超出督查码的日期、地点或人员", "Outside the permit's day, site or team";
    held_voided: "督查已作废", "The inspection had been voided";

    // what happened
    event_approved: "批准，生成督查码", "Approved, permit signed";
    event_started: "开始督查", "Started the inspection";
    event_joined: "加入督查", "Joined";
    event_chose: "在不同填法中选定", "Chose between differing answers";
    event_held: "有内容待核", "Something was held";
    event_accepted: "采用待核内容", "Accepted what was held";
    event_declined: "不采用待核内容", "Declined what was held";
    event_left: "离场", "Left";
    event_withdrawn: "撤回督查码", "Withdrew the permit";
    event_late: "申请补登", "Registered late";
    event_registered: "同意补登", "Accepted the late registration";
    event_not_registered: "不同意补登", "Turned the late registration down";
    event_voided: "作废", "Voided the inspection";
    event_closed: "督查结束", "The inspection closed";
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&[(&str, &str, &str)]; 6] =
        [Words::PAIRS, AccountWords::PAIRS, AdminWords::PAIRS, HeldWords::PAIRS, PlanWords::PAIRS, VillageWords::PAIRS];

    #[test]
    fn no_word_is_empty_in_either_language() {
        for (name, zh, en) in ALL.into_iter().flatten() {
            assert!(!zh.trim().is_empty() && !en.trim().is_empty(), "{name}");
        }
    }

    #[test]
    fn chinese_words_are_chinese_and_english_words_are_not() {
        let chinese = |words: &str| words.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for (name, zh, en) in ALL.into_iter().flatten().filter(|(name, ..)| *name != "other_language") {
            assert!(chinese(zh), "{name}: {zh}");
            assert!(!chinese(en), "{name}: {en}");
        }
    }
}
