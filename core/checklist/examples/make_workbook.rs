//! Writes the demo checklist, a village's emergency supplies, as a workbook:
//! `cargo run -p wurao-checklist --example make_workbook -- tests/demo/village-emergency-supplies.xlsx`.
//!
//! Quantities are for a village of 300 households with a shelter for 50; they are examples, and an
//! office that uses the checklist puts its own in the `calculation` column of the `min_...` rows.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

const SURVEY: [&str; 20] = [
    "type",
    "name",
    "label::English (en)",
    "label::中文 (zh)",
    "hint::English (en)",
    "hint::中文 (zh)",
    "required",
    "required_message::English (en)",
    "required_message::中文 (zh)",
    "relevant",
    "constraint",
    "constraint_message::English (en)",
    "constraint_message::中文 (zh)",
    "calculation",
    "weight",
    "fail",
    "severity",
    "on_fail",
    "action_title::English (en)",
    "action_title::中文 (zh)",
];

/// One row of the survey sheet; cells not named stay empty.
#[derive(Default)]
struct Row {
    cells: Vec<(&'static str, String)>,
}

impl Row {
    fn new(kind: &str, name: &str) -> Self {
        Row::default().with("type", kind).with("name", name)
    }

    fn with(mut self, column: &'static str, text: impl Into<String>) -> Self {
        self.cells.push((column, text.into()));
        self
    }

    fn label(self, en: &str, zh: &str) -> Self {
        self.with("label::English (en)", en).with("label::中文 (zh)", zh)
    }

    fn hint(self, en: &str, zh: &str) -> Self {
        self.with("hint::English (en)", en).with("hint::中文 (zh)", zh)
    }

    fn action(self, en: &str, zh: &str) -> Self {
        self.with("action_title::English (en)", en).with("action_title::中文 (zh)", zh)
    }

    fn required(self) -> Self {
        self.with("required", "yes")
            .with("required_message::English (en)", "Please look and answer.")
            .with("required_message::中文 (zh)", "请查看后填写。")
    }

    fn constraint(self, rule: &str, en: &str, zh: &str) -> Self {
        self.with("constraint", rule)
            .with("constraint_message::English (en)", en)
            .with("constraint_message::中文 (zh)", zh)
    }

    fn fail(self, rule: &str, severity: &str, on_fail: &str) -> Self {
        self.with("fail", rule).severity(severity, on_fail)
    }

    fn severity(self, severity: &str, on_fail: &str) -> Self {
        let row = self.with("severity", severity);
        if on_fail.is_empty() { row } else { row.with("on_fail", on_fail) }
    }
}

/// Something counted against a minimum: the minimum, the count, and what is short.
fn counted(rows: &mut Vec<Row>, name: &str, en: &str, zh: &str, minimum: u32, severity: &str) {
    rows.push(Row::new("calculate", &format!("min_{name}")).with("calculation", minimum.to_string()));
    rows.push(
        Row::new("integer", name)
            .label(en, zh)
            .hint(&format!("Count them. At least {minimum}."), &format!("现场清点，至少 {minimum}。"))
            .required()
            .constraint(". >= 0 and . <= 100000", "A count from 0 to 100000.", "请填 0 到 100000 的数。")
            .fail(&format!(". < ${{min_{name}}}"), severity, "")
            .action(&format!("Restock: {en}, at least {minimum}"), &format!("补足：{zh}，至少 {minimum}")),
    );
    rows.push(
        Row::new("calculate", &format!("short_{name}"))
            .with("calculation", format!("if(${{{name}}} = '', '', max(0, ${{min_{name}}} - ${{{name}}}))")),
    );
}

/// Something tried out on site.
fn tested(name: &str, en: &str, zh: &str, severity: &str, on_fail: &str) -> Row {
    Row::new("select_one test", name)
        .label(en, zh)
        .required()
        .severity(severity, on_fail)
        .action(&format!("Put right: {en}"), &format!("修复：{zh}"))
}

/// Something looked at.
fn looked(name: &str, en: &str, zh: &str, severity: &str) -> Row {
    Row::new("select_one yes_no", name)
        .label(en, zh)
        .required()
        .severity(severity, "note")
        .action(&format!("Put right: {en}"), &format!("整改：{zh}"))
}

fn begin(name: &str, en: &str, zh: &str) -> Row {
    Row::new("begin_group", name).label(en, zh)
}

fn end() -> Row {
    Row::default().with("type", "end_group")
}

fn survey() -> Vec<Row> {
    let mut rows = Vec::new();
    food_and_water(&mut rows);
    bedding(&mut rows);
    light_and_power(&mut rows);
    warning(&mut rows);
    communication(&mut rows);
    flood(&mut rows);
    fire(&mut rows);
    medical(&mut rows);
    place_and_people(&mut rows);
    rows
}

fn food_and_water(rows: &mut Vec<Row>) {
    rows.push(begin("food_and_water", "Food and water", "食品和饮用水"));
    counted(rows, "water", "Bottled water, litres", "瓶装水（升）", 150, "critical");
    rows.push(looked("water_sealed", "Water bottles are sealed", "瓶装水密封完好", "major"));
    counted(rows, "rations", "Instant noodles or biscuits, portions", "方便面或饼干（份）", 450, "major");
    rows.push(looked("rations_sound", "Food is dry and free of pests", "食品干燥、无虫害", "major"));
    rows.push(
        Row::new("begin_repeat", "lot")
            .label("Lot with an expiry date", "有保质期的批次")
            .hint("One for each expiry date on the shelf.", "货架上每个保质期填一项。"),
    );
    rows.push(Row::new("select_one lot_item", "lot_item").label("What is in the lot?", "该批次是什么？"));
    rows.push(
        Row::new("integer", "lot_count")
            .label("How many are in the lot?", "该批次数量")
            .with("relevant", "${lot_item} != ''")
            .constraint(". >= 1", "At least one.", "至少为 1。"),
    );
    rows.push(
        Row::new("date", "expiry")
            .label("Expiry date", "到期日期")
            .with("relevant", "${lot_item} != ''")
            .required()
            .constraint(". >= '2000-01-01'", "A date after 2000, as printed.", "请按包装填写 2000 年以后的日期。")
            .fail("${days_left} < 0", "major", "photo")
            .action("Replace the expired lot", "更换过期批次"),
    );
    rows.push(
        Row::new("calculate", "days_left").with("calculation", "if(${expiry} = '', '', int(${expiry}) - int(today()))"),
    );
    rows.push(
        Row::new("note", "expires_soon")
            .label("This lot expires within 90 days: tell the store keeper.", "该批次 90 天内到期，请告知保管员。")
            .with("relevant", "${days_left} != '' and ${days_left} >= 0 and ${days_left} <= 90"),
    );
    rows.push(Row::default().with("type", "end_repeat"));
    rows.push(Row::new("calculate", "lots").with("calculation", "count-non-empty(${lot_item})"));
    rows.push(Row::new("calculate", "earliest_expiry").with("calculation", "date(min(${expiry}))"));
    rows.push(end());
}

fn bedding(rows: &mut Vec<Row>) {
    rows.push(begin("bedding", "Bedding", "被褥床具"));
    counted(rows, "beds", "Folding beds or mats", "折叠床或垫子", 50, "major");
    counted(rows, "quilts", "Quilts", "棉被", 50, "major");
    rows.push(looked("bedding_clean", "Bedding is clean and free of mould", "被褥清洁、无霉变", "minor"));
    rows.push(end());
}

fn light_and_power(rows: &mut Vec<Row>) {
    rows.push(begin("light_and_power", "Light and power", "照明和电力"));
    counted(rows, "torches", "Strong torches", "强光手电", 10, "major");
    rows.push(tested("torches_on", "Three torches, taken at random, light up", "随机三支手电能亮", "major", "note"));
    counted(rows, "lamps", "Emergency lamps", "应急灯", 5, "major");
    rows.push(tested("lamps_on", "The emergency lamps light up", "应急灯能亮", "major", "note"));
    counted(rows, "generators", "Generators of 3 kW or more, with cable", "3 千瓦以上发电机（含线缆）", 1, "critical");
    rows.push(
        tested(
            "generator_starts",
            "The generator starts and runs for 5 minutes under load",
            "发电机能启动并带载运行 5 分钟",
            "critical",
            "note photo",
        )
        .with("relevant", "${generators} > 0")
        .with("weight", "2"),
    );
    rows.push(
        Row::new("date", "generator_tried")
            .label("When was it last started before today?", "此前最近一次启动日期")
            .with("relevant", "${generators} > 0")
            .constraint(". <= today()", "Not after today.", "不能晚于今天。")
            .fail("int(today()) - int(.) > 30", "minor", "")
            .action("Start the generator every month", "每月启动一次发电机"),
    );
    rows.push(
        Row::new("decimal", "fuel")
            .label("Fuel in the store, litres", "库存燃油（升）")
            .with("relevant", "${generators} > 0")
            .required()
            .constraint(". >= 0", "Not below zero.", "不能小于 0。")
            .fail(". < ${min_fuel}", "major", "")
            .action("Restock fuel, at least 10 litres", "补足燃油，至少 10 升"),
    );
    rows.push(Row::new("calculate", "min_fuel").with("calculation", "10"));
    rows.push(end());
}

fn warning(rows: &mut Vec<Row>) {
    rows.push(begin("warning", "Warning", "预警设备"));
    counted(rows, "sirens", "Hand sirens", "手摇报警器", 1, "major");
    counted(rows, "gongs", "Gongs", "铜锣", 2, "minor");
    counted(rows, "loudhailers", "Loudhailers", "手持喇叭", 2, "minor");
    rows.push(tested(
        "warning_sounds",
        "Siren, gong and loudhailer sound",
        "报警器、铜锣和喇叭能发声",
        "critical",
        "note",
    ));
    rows.push(end());
}

fn communication(rows: &mut Vec<Row>) {
    rows.push(begin("communication", "Communication", "通信"));
    counted(rows, "radios", "Walkie-talkies", "对讲机", 2, "major");
    rows.push(tested("call_test", "A test call comes through", "试呼能接通", "major", "note"));
    rows.push(end());
}

fn flood(rows: &mut Vec<Row>) {
    rows.push(begin("flood", "Flood", "防汛"));
    rows.push(
        Row::new("select_one presence", "river")
            .label("Is there a river, a reservoir or a flood way near the village?", "村子附近有河流、水库或行洪道吗？")
            .required(),
    );
    rows.push(
        Row::new("begin_group", "flood_supplies")
            .label("Flood supplies", "防汛物资")
            .with("relevant", "${river} = 'yes'"),
    );
    counted(rows, "life_jackets", "Life jackets", "救生衣", 20, "critical");
    counted(rows, "ring_buoys", "Ring buoys", "救生圈", 4, "major");
    counted(rows, "ropes", "Ropes of 30 m", "30 米绳索", 2, "major");
    counted(rows, "woven_bags", "Woven bags", "编织袋", 500, "minor");
    counted(rows, "spades", "Spades", "铁锹", 20, "minor");
    rows.push(tested("pump_runs", "The pump runs", "水泵能运转", "major", "note photo"));
    rows.push(end());
    rows.push(end());
}

fn fire(rows: &mut Vec<Row>) {
    rows.push(begin("fire", "Fire", "消防"));
    counted(rows, "extinguishers", "Powder extinguishers of 4 kg", "4 公斤干粉灭火器", 8, "critical");
    rows.push(
        looked(
            "gauges_green",
            "All gauges are in the green, pins and hoses in place",
            "压力表均在绿区，保险销和软管完好",
            "critical",
        )
        .with("relevant", "${extinguishers} > 0"),
    );
    rows.push(
        Row::new("date", "oldest_made")
            .label("Date of manufacture of the oldest extinguisher", "最早一具灭火器的出厂日期")
            .with("relevant", "${extinguishers} > 0")
            .constraint(". <= today()", "Not after today.", "不能晚于今天。")
            .fail("int(today()) - int(.) > 365 * ${scrap_years}", "critical", "photo")
            .action("Scrap and replace extinguishers that are too old", "报废并更换超期灭火器"),
    );
    rows.push(Row::new("calculate", "scrap_years").with("calculation", "10"));
    counted(rows, "fire_blankets", "Fire blankets", "灭火毯", 2, "minor");
    counted(rows, "fire_swatters", "Fire swatters", "灭火拍", 10, "minor");
    rows.push(end());
}

fn medical(rows: &mut Vec<Row>) {
    rows.push(begin("medical", "Medical", "医疗"));
    counted(rows, "first_aid_kits", "First-aid kits", "急救箱", 2, "major");
    counted(rows, "stretchers", "Stretchers", "担架", 1, "major");
    rows.push(
        Row::new("date", "kit_expiry")
            .label("Earliest expiry date in the first-aid kits", "急救箱内最早到期日期")
            .with("relevant", "${first_aid_kits} > 0")
            .fail("int(.) < int(today())", "major", "photo")
            .action("Replace expired medicine", "更换过期药品"),
    );
    rows.push(end());
}

fn place_and_people(rows: &mut Vec<Row>) {
    rows.push(begin("place_and_people", "Place and people", "场所和人员"));
    rows.push(looked("store_dry", "The store is dry", "仓库干燥", "major"));
    rows.push(
        Row::new("select_one key", "key_holder")
            .label("Ring the key holder: who comes with the key?", "拨打保管员电话：谁带钥匙到场？")
            .required()
            .severity("critical", "note")
            .action("Name a key holder who can be reached", "落实能联系上的保管员"),
    );
    rows.push(looked("stock_matches", "The list on the wall agrees with the shelves", "上墙清单与实物相符", "minor"));
    rows.push(
        Row::new("text", "remark")
            .label("Anything else worth knowing", "其他情况")
            .hint("Leave empty when there is nothing.", "没有可不填。"),
    );
    rows.push(end());
}

const CHOICES: &[[&str; 8]] = &[
    ["list_name", "name", "label::English (en)", "label::中文 (zh)", "score", "fail", "na", "severity"],
    ["test", "pass", "Works", "正常", "1", "", "", ""],
    ["test", "fail", "Does not work", "不正常", "0", "yes", "", ""],
    ["test", "locked", "There, but locked away", "在库但上锁无法取用", "0", "yes", "", "major"],
    ["test", "not_applicable", "Does not apply", "不适用", "", "", "yes", ""],
    ["yes_no", "yes", "Yes", "是", "1", "", "", ""],
    ["yes_no", "no", "No", "否", "0", "yes", "", ""],
    ["yes_no", "not_applicable", "Does not apply", "不适用", "", "", "yes", ""],
    ["presence", "yes", "Yes", "有", "", "", "", ""],
    ["presence", "no", "No", "没有", "", "", "", ""],
    ["key", "holder", "The key holder", "保管员本人", "1", "", "", ""],
    ["key", "deputy", "The deputy", "备用保管员", "1", "", "", ""],
    ["key", "nobody", "Nobody", "无人到场", "0", "yes", "", ""],
    ["lot_item", "water", "Bottled water", "瓶装水", "", "", "", ""],
    ["lot_item", "rations", "Noodles or biscuits", "方便面或饼干", "", "", "", ""],
    ["lot_item", "batteries", "Batteries", "电池", "", "", "", ""],
    ["lot_item", "medicine", "Medicine", "药品", "", "", "", ""],
];

const SETTINGS: &[[&str; 5]] = &[
    ["form_title::English (en)", "form_title::中文 (zh)", "form_id", "version", "default_language"],
    ["Village emergency supplies", "村级应急物资", "village_emergency_supplies", "2026-1", "English (en)"],
];

fn write_table<const N: usize>(sheet: &mut Worksheet, table: &[[&str; N]], heading: &Format) -> Result<(), XlsxError> {
    for (row, cells) in (0..).zip(table) {
        for (column, text) in (0..).zip(cells).filter(|(_, text)| !text.is_empty()) {
            if row == 0 {
                sheet.write_string_with_format(row, column, *text, heading)?;
            } else {
                sheet.write_string(row, column, *text)?;
            }
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write_survey(sheet: &mut Worksheet, heading: &Format) -> Result<(), XlsxError> {
    write_table(sheet, &[SURVEY], heading)?;
    for (row, written) in (1..).zip(survey()) {
        for (name, text) in written.cells {
            let column = SURVEY.iter().position(|own| *own == name).unwrap_or_default();
            sheet.write_string(row, column as u16, text)?;
        }
    }
    sheet.set_column_width(1, 22)?.set_column_width(2, 48)?.set_column_width(3, 40)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("the path to write to is missing")?;
    let mut workbook = Workbook::new();
    // A fixed date: the same source makes the same file.
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_title("Village emergency supplies").set_creation_datetime(&made));
    let heading = Format::new().set_bold();
    write_survey(workbook.add_worksheet().set_name("survey")?, &heading)?;
    write_table(workbook.add_worksheet().set_name("choices")?, CHOICES, &heading)?;
    write_table(workbook.add_worksheet().set_name("settings")?, SETTINGS, &heading)?;
    workbook.save(path)?;
    Ok(())
}
