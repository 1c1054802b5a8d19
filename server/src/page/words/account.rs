//! The words of the page of service accounts.

words! {
    /// The words of one language; each is documented by its English.
    AccountWords;
    accounts: "接入账号", "Service accounts";
    lead: "给别的系统读取数据用的令牌。每个令牌只看得到自己的范围。", "Tokens for other systems that read from here. Each sees its own scope only.";
    made: "令牌已生成。只显示这一次，请现在抄下：", "The token is made. It is shown this once; copy it now:";
    none: "还没有接入账号。", "There are no service accounts yet.";
    name: "系统名称", "Name of the system";
    scope: "范围（区划代码开头的数字，不能超出您自己的范围）", "Scope (the first digits of a division code, within your own scope)";
    scope_short: "范围", "Scope";
    everywhere: "全国", "everywhere";
    body: "部门", "Body";
    every_body: "所有部门", "all bodies";
    rights: "可以做什么", "What it may do";
    days: "有效天数", "Days it is good";
    until: "有效期至", "Good until";
    used: "最近使用", "Last used";
    never: "从未", "never";
    make: "生成令牌", "Make a token";
    revoke: "吊销", "Revoke";
    revoked: "已吊销", "revoked";
    read_inspections: "读督查结果", "Read inspections";
    read_plan: "读年度计划", "Read the plan";
    read_feedback_aggregates: "读评价汇总", "Read what villages say, in sums";
    write_plan_drafts: "起草计划事项", "Draft plan items";
    described: "接口说明", "Description of the interface";
    bad_name: "请填系统名称，最多 100 字。", "Give the system a name of at most 100 characters.";
    bad_scope: "范围要在自己的范围以内，只填数字。", "The scope must lie in your own, and be digits only.";
    bad_rights: "至少选一项；起草计划要选一个部门。", "Choose at least one; drafting plan items needs a body.";
    bad_days: "天数在 1 到 1096 之间。", "Between 1 and 1096 days.";
}
