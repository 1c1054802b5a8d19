//! The words of the plan's pages, in both languages side by side.

use crate::page::Lang;
use crate::plan::{BaseFault, BaseWhy, Deed, ItemKind, ItemState, Level, PlanFault, PlanField};

words! {
    /// The fixed words of the plan's pages; each is documented by its English.
    PlanWords;
    item: "计划事项", "Plan item";
    ad_hoc: "一事一报", "Ad-hoc items";
    ad_hoc_one: "一事一报", "Ad hoc";
    annual: "年度计划内", "Annual plan";
    ad_hoc_note: "计划之外、确需进村的，一事一报，单独编号、单独计数。", "Visits outside the plan that cannot wait: each with its own number and reason, counted apart.";
    counts: "次数", "Visits against the base";
    counts_note: "每个部门每一级全年的次数只减不增，不得超过基数年。", "Each body's yearly visits may only fall against its base year.";
    waiting_visits: "待批", "Waiting";
    base: "基数", "Base";
    no_base: "还没有基数，批准时须说明理由", "No base yet: an approver must give a reason";
    over_base: "超过基数", "Above the base";
    items: "事项", "Items";
    number: "编号", "Number";
    body: "部门", "Body";
    level: "部门层级", "The body's level";
    what_for: "事由", "What for";
    where_to: "点位", "Sites";
    days: "日期", "Days";
    state: "状态", "State";
    none_yet: "这一年还没有事项。", "There is no item for this year yet.";
    none_ad_hoc: "没有一事一报。", "No ad-hoc item.";
    new_item: "拟一项计划", "Draft an item";
    new_ad_hoc: "拟一事一报", "Draft an ad-hoc item";
    inbox: "待批事项", "Waiting for approval";
    inbox_note: "在您范围内、等人批准的事项。自己起草、修改或提交的不能自己批。", "Items in your scope that wait for an approver. Nobody approves what they wrote or submitted.";
    inbox_empty: "没有待批事项。", "Nothing waits for you.";
    bases: "基数年次数", "Base counts";
    rules: "层级规则", "Which level inspects which";
    export: "导出", "Export";
    all: "全部", "All";
    show: "筛选", "Filter";
    overridden: "超数特批", "Count overridden";
    overridden_because: "超数特批理由", "Why the count was exceeded";
    merged_into: "并入", "Merged into";
    together_with: "合并进村", "Together with";
    visit_avoided: "少进村", "Visits avoided";
    reason: "一事一报的理由", "Why it cannot wait for the plan";
    checklist: "清单", "Checklist";
    minutes: "每次预计", "Expected per visit";
    minutes_field: "每次预计分钟数", "Expected minutes per visit";
    team: "人员", "Team";
    history: "经过", "History";
    overlaps: "同村同周", "Same site, same week";
    overlaps_note: "下面的事项在同一周去同一个点位。能合并就合并，少进一次村。", "These items go to the same site in the same week. Merged, the village is visited once.";
    overlap_approved: "已批准，不能再合并；可退回本项改期。", "Approved already, so it cannot be merged; this one can be returned.";
    merge: "并入本项", "Merge into this item";
    merge_note: "共同点位只进一次村，由本项统一安排；这里选的日期和清单用于本项的全部点位，对方事项的其余点位不变。", "Both come to the common sites in one visit under this item. The days and the checklist chosen here are then those of all its sites; the other item keeps its remaining sites as they are.";
    hidden_sites: "您范围以外的点位", "Sites outside your scope";
    visit: "督查", "Visit";
    open_visit: "查看督查", "Open the inspection";
    permit_when_approved: "批准后签发督查码", "The permit is issued at approval";
    withdrawn: "已撤回", "Withdrawn";
    voided: "已作废", "Voided";
    voided_note: "作废的督查，督查码同时失效；确需再去的，另列计划事项，或一事一报。", "The permit of a voided visit is good no more; a visit still needed is planned again, or as an ad-hoc item.";
    under_way: "进行中", "Under way";
    over: "已结束", "Closed";
    not_begun: "未开始", "Not begun";
    edit: "修改", "Edit";
    submit: "提交审批", "Submit for approval";
    take_back: "撤回本项", "Take back";
    decide: "审批", "Decision";
    approve: "批准并签发督查码", "Approve and issue the permits";
    override_field: "特批理由", "Reason for approving all the same";
    override_note: "本项超过基数。确需批准的，写明理由；理由会一直显示。", "This item exceeds the base count. To approve it all the same, give a reason; it stays visible.";
    first_count_note: "还没有基数。写明理由就可以批准；理由会一直显示。", "There is no base count yet. It can be approved with a reason, which stays visible.";
    send_back: "退回", "Return";
    comment: "退回意见", "What should be changed";
    withdraw: "撤回督查码", "Withdraw the permits";
    withdraw_one: "撤回", "Withdraw";
    withdraw_reason: "撤回理由", "Reason for withdrawing";
    own: "这是您自己起草、修改或提交的，要由别人批准。", "You wrote or submitted this yourself; somebody else must approve it.";
    cannot_yet: "现在还不能这样做：", "This cannot be done:";
    purpose_zh: "事由（中文）", "What for (in Chinese)";
    purpose_en: "事由（英文，可不填）", "What for (in English, optional)";
    year: "年度", "Year";
    first_day: "第一天", "First day";
    last_day: "最后一天", "Last day";
    choose: "请选择", "Choose";
    search_sites: "查找点位", "Find sites";
    search: "查找", "Search";
    search_note: "按村名、乡镇名或区划代码查找；已选的一直留在上面。", "By the name of the village or township, or by code; what is chosen stays at the top.";
    more_sites: "还有更多点位，请查找。", "There are more sites; please search.";
    no_sites: "没有找到点位。", "No site was found.";
    no_people: "本部门还没有督查人员。", "Your body has no inspector yet.";
    no_checklists: "还没有清单。", "There is no checklist yet.";
    save: "保存草稿", "Save the draft";
    saved_note: "保存后还可以修改；提交审批后才编号。", "You can still change it; it gets its number when it is submitted.";
    cancel: "不保存，返回", "Leave without saving";
    draft_new: "拟计划事项", "Draft a plan item";
    draft_ad_hoc: "拟一事一报", "Draft an ad-hoc item";
    edit_title: "修改", "Edit";
    import: "导入", "Import";
    import_note: "把表格粘贴在这里，第一行是列名 body,level,year,count；逗号或制表符分隔。部门写名称或编号；层级写 province、city、county 或 township。有一处错，就一行也不导入。", "Paste the table here; its first line names the columns body,level,year,count, separated by commas or tabs. A body is its name or id; a level is province, city, county or township. If anything is wrong, nothing is imported.";
    table: "表格", "Table";
    imported: "已导入行数", "Rows imported";
    not_imported: "有错，没有导入。", "Something is wrong; nothing was imported.";
    line: "行", "Line";
    column: "列", "Column";
    wrong: "哪里不对", "What is wrong";
    visits: "次数", "Visits";
    rules_note: "没有打勾的，提交时不予受理。", "What is not ticked is refused at submission.";
    may: "可以", "May";
    may_not: "不可以", "May not";
    site_level: "点位层级", "The site's level";
    back_to_plan: "返回年度计划", "Back to the plan";
}

impl PlanWords {
    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// A year's plan.
    #[must_use]
    pub fn of_year(&self, year: &u16) -> String {
        match self.lang {
            Lang::Zh => format!("{year} 年度计划"),
            Lang::En => format!("Plan of {year}"),
        }
    }

    /// So many sites.
    #[must_use]
    pub fn n_sites(&self, count: &u32) -> String {
        match (self.lang, count) {
            (Lang::Zh, _) => format!("{count} 个点位"),
            (Lang::En, 1) => "1 site".to_owned(),
            (Lang::En, _) => format!("{count} sites"),
        }
    }

    /// The first site and how many more.
    #[must_use]
    pub fn and_more(&self, more: u32) -> String {
        match self.lang {
            Lang::Zh => format!("等 {} 个", more + 1),
            Lang::En => format!("and {more} more"),
        }
    }

    /// A base and its year.
    #[must_use]
    pub fn base_of(&self, year: &u16, visits: &u32) -> String {
        match self.lang {
            Lang::Zh => format!("{year} 年基数 {visits}"),
            Lang::En => format!("base of {year}: {visits}"),
        }
    }

    /// A span of days.
    #[must_use]
    pub fn span(&self, from: &str, to: &str) -> String {
        match (self.lang, from == to) {
            (_, true) => from.to_owned(),
            (Lang::Zh, _) => format!("{from} 至 {to}"),
            (Lang::En, _) => format!("{from} to {to}"),
        }
    }

    /// So many minutes.
    #[must_use]
    pub fn n_minutes(&self, minutes: &u16) -> String {
        match self.lang {
            Lang::Zh => format!("{minutes} 分钟"),
            Lang::En => format!("{minutes} min"),
        }
    }

    /// A kind of item.
    #[must_use]
    pub fn kind(&self, kind: &ItemKind) -> &'static str {
        match kind {
            ItemKind::Plan => self.annual,
            ItemKind::AdHoc => self.ad_hoc_one,
        }
    }

    /// How far an item is.
    #[must_use]
    pub fn item_state(&self, state: &ItemState) -> &'static str {
        match state {
            ItemState::Draft => self.pick("草稿", "Draft"),
            ItemState::Submitted => self.pick("待批", "Waiting for approval"),
            ItemState::Returned => self.pick("已退回", "Returned"),
            ItemState::Approved => self.pick("已批准", "Approved"),
            ItemState::Running => self.pick("进行中", "Under way"),
            ItemState::Done => self.pick("已完成", "Done"),
            ItemState::Withdrawn => self.pick("已撤回", "Withdrawn"),
            ItemState::Merged => self.pick("已合并", "Merged"),
        }
    }

    /// A level of administration.
    #[must_use]
    pub fn level_name(&self, level: &Level) -> &'static str {
        match level {
            Level::Province => self.pick("省级", "Province"),
            Level::City => self.pick("市级", "City"),
            Level::County => self.pick("县级", "County"),
            Level::Township => self.pick("乡镇级", "Township"),
            Level::Village => self.pick("村级", "Village"),
        }
    }

    /// What was done.
    #[must_use]
    pub fn deed(&self, deed: &Deed) -> &'static str {
        match deed {
            Deed::Drafted => self.pick("拟稿", "Drafted"),
            Deed::Edited => self.pick("修改", "Edited"),
            Deed::Submitted => self.pick("提交审批", "Submitted"),
            Deed::Returned => self.pick("退回", "Returned"),
            Deed::Approved => self.pick("批准，督查码已签发", "Approved, permits issued"),
            Deed::Overridden => self.pick("超数特批", "Count overridden"),
            Deed::Merged => self.pick("合并了", "Took in visits of"),
            Deed::Joined => self.pick("共同点位并入", "Common sites merged into"),
            Deed::Parted => self.pick("合并取消，点位退还，来自", "Merge undone, sites given back by"),
            Deed::Withdrawn => self.pick("撤回", "Withdrawn"),
            Deed::VisitWithdrawn => self.pick("撤回一处督查码", "One permit withdrawn"),
            Deed::Loaded => self.pick("初始导入，已批准", "Initial load, approved"),
        }
    }

    fn field(&self, field: PlanField) -> &'static str {
        match field {
            PlanField::Year => self.year,
            PlanField::Kind => self.item,
            PlanField::Reason => self.reason,
            PlanField::Level => self.level,
            PlanField::Purpose => self.what_for,
            PlanField::Sites => self.where_to,
            PlanField::From => self.first_day,
            PlanField::To => self.last_day,
            PlanField::Checklist => self.checklist,
            PlanField::Team => self.team,
            PlanField::Minutes => self.minutes_field,
            PlanField::Comment => self.pick("意见或理由", "A comment or reason"),
            PlanField::Other => self.pick("另一事项", "The other item"),
        }
    }

    /// What stands against something, as a sentence.
    #[must_use]
    pub fn fault(&self, fault: &PlanFault) -> String {
        let zh = self.lang == Lang::Zh;
        let fixed = match fault {
            PlanFault::Missing(field) if zh => return format!("还没填：{}。", self.field(*field)),
            PlanFault::Missing(field) => return format!("Still missing: {}.", self.field(*field)),
            PlanFault::Unreadable(field) if zh => return format!("填得不对：{}。", self.field(*field)),
            PlanFault::Unreadable(field) => return format!("Not readable or out of bounds: {}.", self.field(*field)),
            PlanFault::Unknown(field) if zh => {
                return format!("有一项不存在，或不在您的范围内：{}。", self.field(*field));
            }
            PlanFault::Unknown(field) => {
                return format!("Something chosen does not exist or is outside your scope: {}.", self.field(*field));
            }
            PlanFault::DaysTurned => self.pick("最后一天早于第一天。", "The last day is before the first."),
            PlanFault::OutOfYear(year) if zh => return format!("日期不在 {year} 年内。"),
            PlanFault::OutOfYear(year) => return format!("The days are not in {year}."),
            PlanFault::Past => self.pick("最后一天已经过去。", "The last day has passed."),
            PlanFault::LevelTooLow(lowest) if zh => {
                return format!("您所在范围是{}，不能以更低一级的名义督查。", self.level_name(lowest));
            }
            PlanFault::LevelTooLow(lowest) => {
                let level = self.level_name(lowest).to_lowercase();
                return format!("Your area is a {level}: you cannot plan in the name of a lower level.");
            }
            PlanFault::Level { body, site, site_level } => return self.level_fault(*body, site, *site_level),
            PlanFault::Team(name) if zh => {
                return format!("{name}不能（或不再能）督查本项的某个点位，请更换人员。");
            }
            PlanFault::Team(name) => {
                return format!(
                    "{name} does not inspect at one of these sites, or does not any more. Please change the team."
                );
            }
            PlanFault::Count { base, approved, asked } => return self.count_fault(*base, *approved, *asked),
            PlanFault::Own => self.own,
            PlanFault::State(state) if zh => return format!("本项现在是“{}”，不能这样做。", self.item_state(state)),
            PlanFault::State(state) => {
                return format!("The item is “{}” now; this is not possible.", self.item_state(state));
            }
            PlanFault::Changed => self.pick(
                "有人刚改过本项，请先看过新内容再办。",
                "Somebody has just changed the item. Please read it again first.",
            ),
            PlanFault::NoOverlap => {
                self.pick("这两项没有同周去的共同点位。", "The two items have no site and week in common.")
            }
            PlanFault::Merge => self.pick(
                "年度或类别不同、或同一部门的事项不能合并：合并后会避开次数。",
                "Items of different years or kinds, or of one body, are not merged: their visits would not be counted.",
            ),
            PlanFault::PermitSize => self.pick(
                "事由、部门名称或人员太多，督查码放不下。请把事由写短些，或减少人员。",
                "The permit would not fit its code. Please shorten the purpose or make the team smaller.",
            ),
        };
        fixed.to_owned()
    }

    fn level_fault(&self, body: Level, site: &wurao_protocol::Words, site_level: Level) -> String {
        let (body, level) = (self.level_name(&body), self.level_name(&site_level));
        let either = |first: &str, second: &str| if first.is_empty() { second.to_owned() } else { first.to_owned() };
        match self.lang {
            Lang::Zh => format!("{body}部门不能督查{level}点位：{}。", either(&site.zh, &site.en)),
            Lang::En => {
                let (body, level) = (body.to_lowercase(), level.to_lowercase());
                format!("A {body} body does not inspect at {level} level: {}.", either(&site.en, &site.zh))
            }
        }
    }

    fn count_fault(&self, base: Option<u32>, approved: u32, asked: u32) -> String {
        match (self.lang, base) {
            (Lang::Zh, Some(base)) => format!("超过基数：基数 {base} 次，已批准 {approved} 次，本项 {asked} 次。"),
            (Lang::Zh, None) => format!("这个部门这一级还没有基数；已批准 {approved} 次，本项 {asked} 次。"),
            (Lang::En, Some(base)) => {
                format!("Above the base count: the base is {base}, {approved} approved already, {asked} asked for.")
            }
            (Lang::En, None) => {
                format!(
                    "There is no base count for this body and level; {approved} approved already, {asked} asked for."
                )
            }
        }
    }

    /// What is wrong with a line of the base counts.
    #[must_use]
    pub fn base_fault(&self, fault: &BaseFault) -> &'static str {
        match fault.why {
            BaseWhy::NoColumn => self.pick("第一行缺这一列", "The first line lacks this column"),
            BaseWhy::Cells => self.pick("格数与第一行不一样", "Not as many cells as the first line"),
            BaseWhy::Unreadable => self.pick("读不出来", "Not readable"),
            BaseWhy::Body => self.pick("没有这个部门", "There is no such body"),
            BaseWhy::BodyTwice => self.pick("有几个部门同名，请写编号", "Several bodies have this name; use the id"),
            BaseWhy::Level => {
                self.pick("应为 province、city、county、township", "Must be province, city, county or township")
            }
            BaseWhy::Year => self.pick("应为 2000 至 2100 的年份", "Must be a year from 2000 to 2100"),
            BaseWhy::Count => self.pick("应为非负整数", "Must be a whole number, not negative"),
            BaseWhy::Twice => self.pick("同一部门、层级、年度重复", "Body, level and year are there twice"),
            BaseWhy::Empty => self.pick("没有数据行", "There is no line of data"),
            BaseWhy::Beyond => self.pick(
                "这一基数涉及您范围以外的地方，请由管整个范围的人导入",
                "This base also counts for places outside your scope; whoever answers for all of them imports it",
            ),
            BaseWhy::Raised => {
                self.pick("基数只能降低，不能提高", "Higher than the base that is there: a base may only fall")
            }
        }
    }
}
