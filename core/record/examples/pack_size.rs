//! What packing saves: bytes of the changes of a visit as they come in, and of the pack that is kept of them.
//!
//! `cargo run --release --package wurao-record --example pack_size`
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it prints a table")]

use wurao_record::{ActorId, Genesis, GenesisSeed, Ledger, Map, Put, Scalar, build, pack};

/// A visit of so many answers by two people, each in a session of its own for every fifteen answers, who sync after each.
/// One answer in six is a remark of a few words, each another, one in ten an earlier one corrected.
fn visit(genesis: &Genesis, answers: usize) -> Ledger {
    let mut ledger = Ledger::new();
    for at in 0..answers {
        let session = at / 15;
        let mut actor = [7; 16];
        (actor[0], actor[1], actor[2]) = (session as u8, (at % 2) as u8, (session >> 8) as u8);
        let question = if at % 10 == 9 { at - 5 } else { at };
        let (key, value) = match at % 6 {
            0 => (format!("remark_{question}@-"), Scalar::Text(remark(at))),
            1..=3 => (format!("stock/item_{question}@-"), Scalar::Int((at * 37 % 400) as i64)),
            _ => (format!("shelter/checks/point_{question}@-"), Scalar::Text("pass".to_owned())),
        };
        let time = 1_789_347_600_000 + at as i64 * 41_003;
        let put = [Put::new(Map::Answers, key, value)];
        ledger.apply(build(genesis, &ledger, &ActorId(actor), time, &put).unwrap());
    }
    ledger
}

/// Some words, put together otherwise each time.
fn remark(at: usize) -> String {
    const WORDS: [&str; 16] = [
        "货架",
        "第二层",
        "有三箱",
        "过期",
        "已请",
        "保管员",
        "当日更换",
        "灭火器",
        "压力不足",
        "门口",
        "堆放杂物",
        "标签",
        "看不清",
        "发电机",
        "缺机油",
        "下周补齐",
    ];
    // Any numbers that do not repeat soon.
    let chosen = (0..9).map(|n| WORDS[(at * 2_654_435_761 + n * n * 40_503 + at * n * 97) >> 3 & 15]);
    chosen.collect()
}

fn main() {
    let genesis = Genesis::new(&GenesisSeed { permit: [1; 16], site: [2; 16], checklist: [3; 32] });
    println!("{:>8} {:>10} {:>8} {:>6}", "changes", "bodies", "pack", "ratio");
    for answers in [1, 4, 8, 12, 16, 24, 32, 60, 120, 240, 480, 2000] {
        let ledger = visit(&genesis, answers);
        let bodies: Vec<&[u8]> = ledger.changes().map(|(_, bytes)| bytes).collect();
        let before: usize = bodies.iter().map(|bytes| bytes.len()).sum();
        let after = pack(&genesis, &bodies).unwrap().len();
        println!("{answers:>8} {before:>10} {after:>8} {:>6.2}", after as f64 / before as f64);
    }
}
