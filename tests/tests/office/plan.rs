//! The annual plan, from a draft to approval and back.

use crate::desk::{Desk, this_year, today};
use wurao_tests::county::{APPROVER, OTHER_PLANNER, PLANNER, SUPERVISOR};
use wurao_tests::world::World;

fn draft(desk: &mut Desk, [purpose, who, village]: [&str; 3]) {
    let today = today();
    desk.fill("事由（中文）", purpose);
    desk.fill("第一天", &today.to_string());
    desk.fill("最后一天", &this_year(today, 1));
    desk.choose("清单", "应急");
    desk.fill("预计", "60");
    desk.tick(who);
    desk.tick(village);
    desk.press("保存");
}

#[test]
fn an_item_is_drafted_merged_held_back_by_its_count_and_approved_with_a_reason() {
    let world = World::demo(env!("CARGO_BIN_EXE_demo")).unwrap();
    let mut desk = Desk::at(&world.server.url("").unwrap());
    desk.open("/plan");
    desk.speak("zh");
    desk.see("login");

    // The approver says how many visits the base year had: as many as are approved now.
    desk.sign_in(APPROVER);
    desk.open("/plan");
    desk.see("plan");
    desk.press("基数");
    desk.see("base-empty");
    desk.fill("表格", "body,level,year,count\n县应急管理局,county,2025,many\n");
    desk.press("导入");
    desk.see("base-wrong");
    desk.fill("表格", "body,level,year,count\n县应急管理局,county,2025,4\n县消防救援大队,county,2025,9\n");
    desk.press("导入");
    desk.see("base");

    // One body drafts; what is missing is said where it is missing.
    desk.change_to(PLANNER);
    desk.open("/plan");
    desk.press("拟一项计划");
    desk.see("form");
    desk.tab_through();
    draft(&mut desk, ["汛前物资检查", "陈立新", "云台村"]);
    desk.says("草稿");
    desk.see("draft");
    let ours = desk.path();
    desk.press("提交");
    desk.says("待批");

    // Another goes to the same village in the same week, and is told so.
    desk.change_to(OTHER_PLANNER);
    desk.open("/plan");
    desk.press("拟一项计划");
    draft(&mut desk, ["入冬消防检查", "刘建国", "云台村"]);
    desk.press("提交");
    desk.says("汛前物资检查");
    desk.see("overlap-planner");

    // The approver sends one back; it is mended and comes again.
    desk.change_to(APPROVER);
    desk.open("/plan");
    desk.press("待批事项");
    desk.see("inbox");
    desk.press("汛前物资检查");
    desk.see("overlap-approver");
    desk.fill("退回意见", "请写清楚查哪些物资。");
    desk.press("退回");
    desk.says("请写清楚查哪些物资。");
    desk.see("returned");
    desk.change_to(PLANNER);
    desk.open(&ours);
    desk.says("请写清楚查哪些物资。");
    desk.press("修改");
    desk.fill("事由（中文）", "汛前物资检查：食品、饮水、发电机");
    desk.press("保存");
    desk.press("提交");

    // Both visits become one; one more than the base needs a reason.
    desk.change_to(APPROVER);
    desk.open(&ours);
    desk.press("并入本项");
    desk.says("入冬消防检查");
    desk.see("merged");
    desk.press("批准");
    desk.see("count-at-its-limit");
    desk.says("超过基数");
    desk.fill("特批理由", "村上方的水库是新建的。");
    desk.press("批准");
    desk.says("已批准");
    desk.says("村上方的水库是新建的。");
    desk.see("approved-over-base");
    desk.open("/plan");
    desk.see("plan-overridden");
    desk.says("超数特批");
    desk.speak("en");
    desk.see("plan-overridden");
    desk.open(&ours);
    desk.see("approved-over-base");
    desk.speak("zh");

    // What a village was spared is in its ledger.
    desk.change_to(SUPERVISOR);
    desk.open("/");
    desk.says("合并后少进 1 次");
    desk.see("county-avoided");
    desk.had_no_trouble(&[409, 422]);
}

#[test]
fn an_exception_to_the_plan_says_why_and_is_withdrawn_with_a_reason() {
    let world = World::demo(env!("CARGO_BIN_EXE_demo")).unwrap();
    let mut desk = Desk::at(&world.server.url("").unwrap());
    desk.open("/plan");
    desk.speak("en");
    desk.sign_in(PLANNER);
    desk.open("/plan");
    desk.press("Draft an ad-hoc item");
    desk.see("ad-hoc-form");
    desk.press("Save");
    desk.press("Submit");
    desk.see("ad-hoc-incomplete");
    // The page of a refused form can be read in the other language.
    desk.speak("zh");
    desk.says("草稿");
    desk.speak("en");
    desk.press("Edit");
    desk.fill("Why it cannot wait", "A landslide after the storm.");
    desk.fill("What for (in Chinese)", "滑坡后安全检查");
    desk.fill("What for (in English", "Safety after the landslide");
    let today = today();
    desk.fill("First day", &today.to_string());
    desk.fill("Last day", &today.to_string());
    desk.choose("Checklist", "mergency");
    desk.fill("Expected minutes", "30");
    desk.tick("陈立新");
    desk.tick("Baiyang Village");
    desk.press("Save");
    let item = desk.path();
    desk.press("Submit");
    desk.says("Waiting for approval");
    desk.see("ad-hoc-submitted");

    desk.change_to(APPROVER);
    desk.open(&item);
    desk.press("Approve");
    desk.says("Approved");
    desk.see("ad-hoc-approved");
    desk.click("summary", "Withdraw");
    desk.fill("Reason for withdrawing", "The road is closed.");
    desk.press_in("details", "Withdraw", "Withdraw");
    desk.says("The road is closed.");
    desk.see("ad-hoc-withdrawn");
    desk.had_no_trouble(&[409, 422]);
}
