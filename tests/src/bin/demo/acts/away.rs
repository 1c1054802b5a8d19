//! Act two: no network. Two inspect one village at once, the third phone is killed in the middle.

use crate::stage::{Cast, Stage};
use crate::tell::tell;
use wurao_tests::shell::{Shell, quoted};
use wurao_tests::visit::{self, but, day};
use wurao_tests::world::FieldPhone;
use wurao_tests::{Doing, Trouble};

/// 石门村: each takes half of the rooms; both count water and beds, and not the same.
pub(crate) fn same_village_at_once(stage: &mut Stage, cast: &Cast) -> Result<(), Trouble> {
    let (chen, wu, today) = (&cast.chen, &cast.wu, stage.today);
    let village = stage.start(chen, "Shimen Village")?;
    if stage.start(wu, "Shimen Village")? != village {
        return Err(Trouble::new("start one inspection on two phones", "they opened different documents"));
    }
    let dead_generator = [("water", "162"), ("generator_starts", "fail"), ("torches_on", "fail"), ("fuel", "4")];
    visit::answer(&chen.phone, village, &but(visit::stores(today)?, &dead_generator))?;
    let note = "拉了十次，启动不了；火花塞潮湿。";
    chen.phone.answer(village, "generator_starts#note", "-", note).doing("note why")?;
    chen.phone.answer(village, "torches_on#note", "-", "三支中有一支不亮").doing("note why")?;
    visit::lot(&chen.phone, village, "water", "120", &day(today, 240)?)?;
    visit::lot(&chen.phone, village, "rations", "300", &day(today, 61)?)?;
    stage.shoot(chen, village, &["generator_starts", "water", "rations"])?;

    visit::answer(
        &wu.phone,
        village,
        &but(visit::equipment(today)?, &[("gauges_green", "no"), ("water", "138"), ("beds", "46")]),
    )?;
    wu.phone.answer(village, "gauges_green#note", "-", "二楼一具压力不足").doing("note why")?;
    stage.shoot(wu, village, &["gauges_green", "life_jackets", "store_dry"])?;
    tell!(
        "   石门村 Shimen Village: 陈立新 and 吴晓梅 at once, each half of the rooms; both count the water, 162 and 138, and the beds, 52 and 46"
    );
    Ok(())
}

/// 竹溪村: the phone dies between two answers; nothing that it called saved is gone.
pub(crate) fn killed_and_reopened(stage: &mut Stage, cast: Cast) -> Result<Cast, Trouble> {
    let Cast { chen, wu, liu } = cast;
    let village = stage.start(&liu, "Zhuxi Village")?;
    let entries = but(visit::stores(stage.today)?, &[("radios", "1")]);
    let program = stage.world.program().to_owned();
    let (killed_at, half) = (entries.len() / 2, &entries[..entries.len() / 2]);
    let (liu, (id, unread)) = liu.away(|folder, _| {
        let mut shell = Shell::open(&program, folder)?;
        for entry in half {
            shell.ask(&format!("answer {village} {} {}", entry.question, quoted(&entry.value)))?;
        }
        let next = &entries[killed_at];
        shell.tell(&format!("answer {village} {} {}", next.question, quoted(&next.value)))?;
        let id = shell.id();
        Ok((id, shell.kill()))
    })?;
    let kept = liu.phone.values(village).doing("read values")?;
    let acknowledged = killed_at + usize::from(unread.iter().any(|line| line == "ok"));
    for entry in &entries[..acknowledged] {
        let key = format!("{}@-", entry.question);
        if !kept.iter().any(|value| value.key == key) {
            return Err(Trouble::new("reopen the killed phone", format!("{key} was saved and is gone")));
        }
    }
    tell!(
        "   竹溪村 Zhuxi Village: 刘建国's phone (process {id}) is killed after {acknowledged} answers; reopened, all are there"
    );
    visit::answer(&liu.phone, village, &entries[killed_at..])?;
    visit::answer(&liu.phone, village, &but(visit::equipment(stage.today)?, &[("river", "no")]))?;
    stage.shoot(&liu, village, &["extinguishers", "gauges_green", "key_holder"])?;
    Ok(Cast { chen, wu, liu })
}

/// 石门村 again: at the car one phone hands over to the other, and both counts are seen before there is any network.
pub(crate) fn handed_over(stage: &Stage, cast: &Cast) -> Result<(), Trouble> {
    let asked = cast.wu.phone.ask_hand_over().doing("ask for a hand-over")?;
    let code = wurao_qr::Code::new(&asked).doing("draw the ask's code")?;
    let given = cast.chen.phone.hand_over(&asked).doing("hand over")?;
    let taken = cast.wu.phone.take_hand_over(&given.file).doing("take what was handed over")?;
    let village = stage.document(&cast.wu, "Shimen Village")?;
    let conflicts = cast.wu.phone.form(village, "en").doing("show a form")?.conflicts;
    if taken.set_aside > 0 || taken.changes == 0 || conflicts != 2 {
        return Err(Trouble::new("hand over", format!("{taken:?}, {conflicts} conflicts")));
    }
    tell!(
        "   石门村 again, no network: 吴晓梅's phone asks (a QR code of version {}), 陈立新's hands over {} changes in {} KB; hers shows both counts of water and beds",
        code.version(),
        taken.changes,
        given.file.len() / 1000
    );
    Ok(())
}

/// 白杨村 and 松岭村: one is finished by one of two, one has just begun.
pub(crate) fn next_villages(stage: &mut Stage, cast: &Cast) -> Result<(), Trouble> {
    let today = stage.today;
    let poplar = stage.start(&cast.wu, "Baiyang Village")?;
    visit::answer(&cast.wu.phone, poplar, &visit::stores(today)?)?;
    let extinguishers = [("extinguishers", "6"), ("stock_matches", "no")];
    visit::answer(&cast.wu.phone, poplar, &but(visit::equipment(today)?, &extinguishers))?;
    cast.wu.phone.answer(poplar, "stock_matches#note", "-", "清单未更新").doing("note why")?;
    stage.shoot(&cast.wu, poplar, &["extinguishers", "stock_matches"])?;
    tell!("   白杨村 Baiyang Village: 吴晓梅 goes on alone");

    let pine = begin_pine(stage, &cast.chen)?;
    tell!("   松岭村 Songling Village: 陈立新 has begun, {pine} answers so far");
    Ok(())
}

fn begin_pine(stage: &mut Stage, chen: &FieldPhone) -> Result<usize, Trouble> {
    let pine = stage.start(chen, "Songling Village")?;
    let first = &visit::stores(stage.today)?[..9];
    visit::answer(&chen.phone, pine, first)?;
    stage.shoot(chen, pine, &["water"])?;
    Ok(first.len())
}
