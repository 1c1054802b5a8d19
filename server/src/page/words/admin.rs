//! The words of setting a server up and looking after it, in both languages.

use super::super::Lang;
use crate::admin::{CodeFault, Fault, LineFault, StepKind};
use crate::people::Role;
use crate::people::text::TextFault;

words! {
    /// The words of one language; each is documented by its English.
    AdminWords;
    // setting up
    setup: "开始使用", "Set up";
    setup_lead: "建立第一位管理员，只需一次。之后会一步一步带您办好第一个督查码。", "Make the first administrator, once. Then you are led step by step to the first permit.";
    setup_done_title: "已有管理员", "There is an administrator";
    setup_done: "这里已经建好，请登录。忘了密码，请另一位管理员发一个新的密码链接。", "This server is set up. Please sign in. If you forgot your password, another administrator can give you a new link.";
    setup_wrong: "这个地址不能用了。请在服务器上运行 wurao-server setup-code，得到一个新的地址。", "This address is not good any more. Run wurao-server setup-code on the server to get a new one.";
    your_name: "您的姓名", "Your name";
    your_login: "登录名", "Login";
    login_hint: "2 到 40 个字：汉字、字母、数字和 . _ - @", "2 to 40 letters or digits, and . _ - @";
    new_password: "新密码", "New password";
    password_hint: "至少 10 个字符", "At least 10 characters";
    again: "再输一遍", "Once more";
    county_code: "本县（区）区划代码", "Your county's division code";
    code_hint: "12 位数字，例如 431124000000", "12 digits, such as 431124000000";
    county_zh: "本县（区）名称", "Your county's name in Chinese";
    county_en: "本县（区）英文名（可不填）", "Your county's name in English (optional)";
    own_body: "您所在的部门", "The body you work for";
    also_plans: "我也起草计划", "I also draft the plan";
    make_administrator: "建立管理员", "Make the administrator";

    // steps in what somebody may do
    right_steps: "权限变更记录", "Changes of what they may do";
    role_given: "授予", "given";
    role_taken: "收回", "taken back:";
    let_in_again: "恢复登录", "let in again";

    // links for choosing a password
    links_made: "生成过的密码链接", "Password links that were made";
    by_the_server: "在服务器上", "on the server itself";
    link_used: "已使用", "used";

    // steps
    admin: "管理", "Administration";
    steps: "到第一个督查码的步骤", "Steps to the first permit";
    steps_lead: "从上往下做；做完的打勾。", "Go from top to bottom; what is done has a tick.";
    go: "去做", "Go";
    done: "已完成", "Done";
    somebody_else: "由有此权限的人来做", "For somebody who has that role";
    other_pages: "其他", "More";
    own_password: "修改密码", "Change my password";
    accounts: "接入账号", "Service accounts";

    // divisions
    divisions: "区划", "Divisions";
    divisions_lead: "把区划表粘贴到下面，或选一个文件。第一行是列名；from 和 to 是第一天和最后一天，可不填。", "Paste the table of divisions below, or choose a file. The first line names the columns; from and to are the first and the last day and may be left empty.";
    divisions_more: "合并：写上 to 和一个 successors，点位会自动转到新区划。拆分：写上几个 successors，再用点位表说明每个点位归哪里。", "A merge: fill in to and one of successors, and the sites move by themselves. A split: fill in several successors, then say in the table of sites which goes where.";
    table: "表格（CSV，UTF-8）", "Table (CSV, UTF-8)";
    file: "或选文件", "Or a file";
    example: "样例，可复制", "An example to copy";
    take_in: "导入", "Take in";
    code: "代码", "Code";
    name: "名称", "Name";
    name_zh: "中文名", "Name in Chinese";
    name_en: "英文名（可不填）", "Name in English (optional)";
    in_english: "英文名", "In English";
    since: "自", "Since";
    until: "至", "Until";
    became: "并入或拆为", "Became";
    sites_count: "点位数", "Sites";
    divisions_caption: "区划：代码、名称、起止、去向", "Divisions: code, name, days, what they became";

    // sites
    sites: "点位", "Sites";
    sites_lead: "点位就是要去看的地方，一般是村。把点位表粘贴到下面，或只添加一个。", "A site is a place that is visited, mostly a village. Paste the table of sites below, or add just one.";
    sites_more: "不写 id 的行会新建点位；写了 id 的行会改名或换区划，id 不变。", "A line without an id makes a new site; with an id it renames or moves that site, whose id stays.";
    add_site: "添加一个点位", "Add one site";
    division_code: "区划代码", "Division code";
    no_sites: "还没有点位。", "There is no site yet.";
    sites_caption: "点位：名称、区划、编号", "Sites: name, division, id";
    needs_division: "请为这个点位指定区划：原区划已经或将要拆分、取消", "Needs a division: the one it lies in was split or ends";
    was_in: "曾属", "Was in";
    will_be_in: "将属", "Will be in";
    id: "编号", "Id";
    add: "添加", "Add";

    // bodies
    bodies: "部门", "Bodies";
    bodies_lead: "下到村里督查的部门。每个人、每项计划都属于一个部门。", "The departments that inspect. Every person and every plan item belongs to one.";
    body: "部门", "Body";
    add_body: "添加部门", "Add a body";
    bodies_caption: "部门", "Bodies";

    // people
    people: "人员", "People";
    people_lead: "谁能做什么，在哪个范围。要得到第一个督查码，至少要有一人起草、另一人批准、一人督查。", "Who may do what, and where. A first permit needs one person who plans, another who approves, and one who inspects.";
    add_person: "添加人员", "Add a person";
    roles: "角色", "Roles";
    area: "范围（区划代码）", "Area (division code)";
    area_hint: "可做这些事的区划；不填就是您的全部范围", "The division they may do it in; your whole area when left empty";
    people_caption: "人员：姓名、登录名、部门、角色和范围", "People: name, login, body, roles and areas";
    disabled: "已停用", "Disabled";
    added_inspector: "已添加。督查人员在手机上工作，不用密码；下一步是让其手机加入。", "added. Inspectors work on a phone and need no password; their phone is let in under";
    no_password: "还没设密码", "No password yet";
    all_bodies: "全部部门", "All bodies";
    whole_country: "全国", "The whole country";
    link_for: "发给本人：打开这个链接设密码", "Give this link to them: it lets them choose a password";
    link_note: "24 小时内有效，只能用一次。关掉本页就看不到了。", "Good for 24 hours and once. It is not shown again after you leave this page.";
    new_link: "新的密码链接", "New password link";
    disable: "停用", "Disable";
    disable_note: "立即生效：已登录的也马上退出。", "Takes effect at once: they are signed out everywhere.";
    enable: "恢复", "Enable";
    give_role: "给予角色或改范围", "Give a role or change its area";
    role: "角色", "Role";
    take_back: "收回", "Take back";
    change: "修改", "Change";
    not_managed: "此人的权限超出您的范围，只能查看。", "This person's rights reach beyond your area; you can only look.";
    yourself: "自己的权限由另一位管理员来改。", "Your own rights are changed by another administrator.";

    // checklists
    checklists: "清单", "Checklists";
    checklists_lead: "用 Excel 编写清单（XLSForm 格式），在这里上传。有问题的单元格会列出来。", "Write the checklist in Excel (XLSForm) and bring it here. Cells with problems are listed.";
    workbook: "工作簿（.xlsx，不超过 5 MB）", "Workbook (.xlsx, up to 5 MB)";
    no_checklists: "还没有清单。", "There is no checklist yet.";
    checklists_caption: "清单：名称和版本", "Checklists: title and version";
    version: "版本", "Version";
    report: "导入时的说明", "What was noted while reading";
    report_caption: "说明：单元格、轻重、内容", "Notes: cell, weight, text";
    cell: "单元格", "Cell";
    weight: "轻重", "Weight";
    note: "内容", "Note";
    fatal: "错误", "Error";
    warning: "注意", "Warning";
    information: "说明", "Information";
    taken_checklist: "已收下清单", "The checklist was taken";
    known_checklist: "这份清单已经有了", "This checklist was here already";

    // phones
    let_in: "让一部手机加入", "Let in a phone";
    let_in_lead: "选好使用人，再用那部手机扫一扫出现的码。码 15 分钟内有效，只能用一次。", "Choose who works on it, then scan the code that appears with that phone. It is good for 15 minutes and once.";
    phone_name: "手机叫什么，例如 应急局 03 号", "What the phone is called, such as Emergency 03";
    who_works: "谁用这部手机", "Who works on it";
    no_inspectors: "还没有督查人员。先到“人员”里添加一位。", "Nobody inspects yet. First add somebody under People.";
    show_code: "出示加入码", "Show the code";
    doubt_here: "这个码里的网址只通到服务器本机，别的手机都连不上。请用 --public-url https://… 启动服务器，再重新出码。", "No phone can reach the address in this code: it leads to the server's own computer. Start the server with --public-url https://… and show a new code.";
    doubt_plain: "这个码里的网址是 http:// 开头的：路上没有加密，村里的手机也不能在上面查验督查码。请启用 https（--tls 或代理），并用 --public-url https://… 启动服务器。", "The address in this code begins with http://: nothing is encrypted on the way, and villages' phones cannot check codes there. Use HTTPS (--tls or a proxy) and start the server with --public-url https://…";
    poster: "村里的告示", "Poster";
    scan_this: "用手机扫这个码", "Scan this with the phone";
    or_type: "不能扫码时，在手机上输入这段文字", "Where it cannot scan, type this on the phone";
    good_until: "有效至", "Good until";
    holds: "手机自报还存着", "The phone says it still holds";
    holds_nothing: "没有未交的内容", "Nothing unsent";
    wiped: "已通知清除", "Told to wipe itself";
    revoke: "停用这部手机", "Revoke this phone";
    revoke_note: "它再交来的内容会先待核；交完后手机自动清除。", "What it still sends is held; once it holds nothing, it wipes itself.";
    reason: "原因", "Reason";

    // passwords
    choose_password: "设置密码", "Choose a password";
    old_password: "现在的密码", "Your password now";
    password_set: "密码已改。其他地方的登录都已退出。", "Your password is changed. You are signed out everywhere else.";
    save: "保存", "Save";
    sign_in_as: "登录名", "You sign in as";
}

impl AdminWords {
    fn either(&self, zh: impl Into<String>, en: impl Into<String>) -> String {
        match self.lang {
            Lang::Zh => zh.into(),
            Lang::En => en.into(),
        }
    }

    /// A role.
    #[must_use]
    pub fn role_name(&self, role: &Role) -> String {
        match role {
            Role::Planner => self.either("起草计划", "Planner"),
            Role::Approver => self.either("审批", "Approver"),
            Role::Inspector => self.either("督查人员", "Inspector"),
            Role::Supervisor => self.either("督查主管", "Supervisor"),
            Role::Auditor => self.either("审计", "Auditor"),
            Role::Administrator => self.either("管理员", "Administrator"),
        }
    }

    /// What a role is for, in one sentence.
    #[must_use]
    pub fn role_hint(&self, role: &Role) -> String {
        match role {
            Role::Planner => self.either("起草并提交本部门的计划", "Drafts and submits the own body's plan"),
            Role::Approver => self.either(
                "批准、退回、合并计划；不能批自己起草、修改或提交的",
                "Approves, returns and merges; never what they wrote or submitted",
            ),
            Role::Inspector => self.either("带着手机进村督查", "Visits villages with a phone"),
            Role::Supervisor => self.either("查看结果，处理待核", "Reads results, decides what is held"),
            Role::Auditor => self.either("查看全部，包括村里的评价", "Reads everything, what villages say included"),
            Role::Administrator => self.either(
                "管人员、手机、区划、点位、清单；不能审批",
                "Looks after people, phones, divisions, sites and checklists; approves nothing",
            ),
        }
    }

    /// The name of a step.
    #[must_use]
    pub fn step(&self, step: &StepKind) -> String {
        match step {
            StepKind::Divisions => self.either("导入乡镇和村的区划", "Take in the divisions of towns and villages"),
            StepKind::Bodies => self.either("添加其他部门", "Add other bodies"),
            StepKind::People => self.either("添加批准和督查的人", "Add people who approve and inspect"),
            StepKind::Sites => self.either("添加点位", "Add sites"),
            StepKind::Checklist => self.either("上传清单", "Bring a checklist"),
            StepKind::Item => self.either("起草并提交一项计划", "Draft and submit a plan item"),
            StepKind::Approval => {
                self.either("由另一人批准：督查码随即生成", "Another person approves: the permit is made")
            }
            StepKind::Phone => self.either("让督查人员的手机加入", "Let in the inspector's phone"),
        }
    }

    /// What a step needs, in a sentence.
    #[must_use]
    pub fn step_hint(&self, step: &StepKind) -> String {
        match step {
            StepKind::Divisions => {
                self.either("一张表，每行一个区划代码和名称。", "One table: a code and a name in each line.")
            }
            StepKind::Bodies => self.either(
                "您的部门已经有了；只有一个部门可以跳过。",
                "Yours is there already; skip this if it is the only one.",
            ),
            StepKind::People => {
                self.either("添加后把密码链接发给本人。", "After adding, give the password link to them.")
            }
            StepKind::Sites => self.either("一张表，或先添加一个。", "One table, or just one to begin with."),
            StepKind::Checklist => self.either("一个 Excel 工作簿。", "One Excel workbook."),
            StepKind::Item => {
                self.either("事由、点位、日期、人员和清单。", "Purpose, sites, days, team and checklist.")
            }
            StepKind::Approval => {
                self.either("批准的人用自己的登录名登录。", "The approver signs in with their own login.")
            }
            StepKind::Phone => {
                self.either("选使用人，用手机扫码。", "Choose who works on it and scan the code with the phone.")
            }
        }
    }

    /// How many lines were taken in.
    #[must_use]
    pub fn lines_taken(&self, lines: &usize) -> String {
        self.either(format!("已导入 {lines} 行"), format!("{lines} lines were taken in"))
    }

    /// What a table of sites did.
    #[must_use]
    pub fn sites_taken(&self, added: &u32, changed: &u32, known: &u32) -> String {
        self.either(
            format!("新建 {added} 个，修改 {changed} 个，已有 {known} 个"),
            format!("{added} added, {changed} changed, {known} known already"),
        )
    }

    /// What a phone says it holds.
    #[must_use]
    pub fn holding(&self, changes: &u64, records: &u64, files: &u64, size: impl std::fmt::Display) -> String {
        self.either(
            format!("{changes} 处改动，{records} 条记录，{files} 个文件（{size}）"),
            format!("{changes} changes, {records} records, {files} files ({size})"),
        )
    }

    /// What is wrong with what was typed or brought.
    #[must_use]
    pub fn fault(&self, fault: &Fault) -> String {
        match fault {
            Fault::Text(fault) => self.text_fault(*fault),
            Fault::Login => self.either(
                "登录名要 2 到 40 个字：汉字、字母、数字和 . _ - @",
                "A login has 2 to 40 letters or digits, and . _ - @",
            ),
            Fault::LoginTaken => self.either("这个登录名已有人用", "Somebody has this login already"),
            Fault::PasswordLength => self.either("密码要 10 到 200 个字符", "A password has 10 to 200 characters"),
            Fault::PasswordsDiffer => self.either("两遍密码不一样", "The two passwords are not the same"),
            Fault::PasswordWrong => self.either("现在的密码不对", "Your password now is wrong"),
            Fault::Code => self.either(
                "这个链接已用过、过期或不对，请向管理员要一个新的",
                "This link was used, is too old or wrong; ask an administrator for a new one",
            ),
            Fault::TooMany => self.either("尝试太多，请过一分钟再试", "Too many tries; please wait a minute"),
            Fault::ApproverLink => self.either(
                "批准人的密码链接只能在服务器上生成：wurao-server password-link --data 数据目录 登录名",
                "A link for an approver is made on the server itself: wurao-server password-link --data DIR LOGIN",
            ),
            Fault::NoRole => self.either(
                "至少要有一个角色；不再需要此人就停用",
                "At least one role is needed; disable whom you need no more",
            ),
            Fault::BeyondScope => self.either("超出您的范围", "This is beyond your own area"),
            Fault::Oneself => self.either("不能改自己的权限", "Nobody changes their own rights"),
            Fault::AdministratorApproves => {
                self.either("管理员不能审批：请给另一个人", "An administrator cannot approve: give it to somebody else")
            }
            Fault::ScopesApart => self
                .either("一个人的各个范围要一个在另一个之内", "The areas of one person's roles must lie in each other"),
            Fault::NoBody => self.either("请选部门", "Please choose a body"),
            Fault::BodyTwice => self.either("已有这个名称的部门", "There is a body of this name already"),
            Fault::NoInspector => self.either("请至少选一位督查人员", "Please choose at least one inspector"),
            Fault::NoReason => self.either("请写明原因", "Please say why"),
            Fault::TooLarge => self.either("文件超过 5 MB", "The file is larger than 5 MB"),
            Fault::NothingBrought => {
                self.either("没有内容：请粘贴表格或选文件", "There is nothing: paste a table or choose a file")
            }
            Fault::Workbook(what) => self
                .either(format!("这不是能用的清单：{what}"), format!("This is no checklist that can be used: {what}")),
            Fault::Code12(fault) => self.code_fault(fault),
            Fault::Line { line, column: "", fault } => {
                let what = self.line_fault(fault);
                self.either(
                    format!("第 {line} 行：{what}。什么都没有导入。"),
                    format!("Line {line}: {what}. Nothing was taken in."),
                )
            }
            Fault::Line { line, column, fault } => {
                let what = self.line_fault(fault);
                self.either(
                    format!("第 {line} 行 {column} 列：{what}。什么都没有导入。"),
                    format!("Line {line}, column {column}: {what}. Nothing was taken in."),
                )
            }
        }
    }

    fn line_fault(&self, fault: &LineFault) -> String {
        match fault {
            LineFault::NotUtf8 => self.either(
                "不是 UTF-8 编码；在 Excel 里另存为“CSV UTF-8”",
                "this is not UTF-8; in Excel, save as CSV UTF-8",
            ),
            LineFault::NoColumn => self.either("第一行缺这一列", "the first line lacks this column"),
            LineFault::OtherColumn(name) => {
                self.either(format!("不认识的列 {name}"), format!("the column {name} is not known"))
            }
            LineFault::Fields => self.either("字段数与第一行不符", "it has other fields than the first line"),
            LineFault::Text(fault) => self.text_fault(*fault),
            LineFault::Code(fault) => self.code_fault(fault),
            LineFault::Day => self.either("日期要写成 2026-09-14", "a day is written 2026-09-14"),
            LineFault::DaysTurned => self.either("最后一天早于第一天", "the last day is before the first"),
            LineFault::Overlap => self.either("同一代码的时间有重叠", "this code is in force twice on one day"),
            LineFault::SuccessorsOfNone => {
                self.either("写了去向，却没有最后一天 to", "there are successors, but no last day in to")
            }
            LineFault::Successor(code) => self.either(
                format!("去向 {code} 次日不存在，或级别不同"),
                format!("the successor {code} is not there on the day after, or of another level"),
            ),
            LineFault::ChildInForce(code) => self.either(
                format!("下面的 {code} 还在用：也要写明它的去向"),
                format!("{code} below it goes on: say what becomes of it too"),
            ),
            LineFault::BeyondScope => self.either("超出您的范围", "beyond your own area"),
            LineFault::Id => self.either("编号要 32 位十六进制数", "an id has 32 hexadecimal digits"),
            LineFault::TooMany(most) => self.either(
                format!("一次最多 {most} 行，请分成几张表"),
                format!("At most {most} lines are taken at a time; please make several tables of it"),
            ),
            LineFault::Twice => self.either("前面已有同样的一行", "the same stands in an earlier line"),
        }
    }

    fn code_fault(&self, fault: &CodeFault) -> String {
        match fault {
            CodeFault::Digits => self.either("区划代码要 12 位数字", "a division code has 12 digits"),
            CodeFault::Province => self.either("没有以此开头的省份", "no province begins like that"),
            CodeFault::Level => self
                .either("各级的零不对：本级以下才是零", "the zeros do not fit a level: only what is below it is zero"),
            CodeFault::Parent(code) => {
                self.either(format!("上级 {code} 还没有"), format!("{code} above it is not known"))
            }
            CodeFault::Unknown => self.either("没有这个区划", "there is no such division"),
            CodeFault::Abolished(became) if became.is_empty() => {
                self.either("这个区划已取消", "this division exists no more")
            }
            CodeFault::Abolished(became) => self.either(
                format!("这个区划已取消，现为 {became}"),
                format!("this division exists no more; it became {became}"),
            ),
        }
    }

    fn text_fault(&self, fault: TextFault) -> String {
        match fault {
            TextFault::Empty => self.either("不能为空", "it must not be empty"),
            TextFault::TooLong => self.either("超过 100 个字", "it is longer than 100 characters"),
            TextFault::Control => self.either("含有换行等控制字符", "it holds a line end or another control character"),
            TextFault::Invisible => self.either("含有看不见的字符", "it holds an invisible character"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_used_by_a_template() {
        let crate_folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let folders = ["templates", "templates/parts", "src/page/view"].map(|folder| crate_folder.join(folder));
        let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
        let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let text: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let idle: Vec<_> = AdminWords::PAIRS.iter().filter(|(name, ..)| !text.contains(&format!("a.{name}"))).collect();
        assert!(idle.is_empty(), "{idle:?}");
    }
}
