use super::Words;
use crate::page::Lang;
use std::fmt::Display;

macro_rules! counted {
    ($($name:ident: $zh:literal, $one:literal, $many:literal;)*) => {
        /// Words around a number.
        impl Words {
            $(
                #[doc = $many]
                pub fn $name(&self, count: impl Display) -> String {
                    let n = count.to_string();
                    match self.lang {
                        Lang::Zh => format!($zh, n = n),
                        Lang::En if n == "1" => format!($one, n = n),
                        Lang::En => format!($many, n = n),
                    }
                }
            )*
        }
    };
}

counted! {
    n_times: "{n} 次", "{n}", "{n}";
    n_questions: "{n} 项", "{n}", "{n}";
    n_pictures: "{n} 张", "{n}", "{n}";
    n_villages: "{n} 个村", "{n} village", "{n} villages";
    n_visits_this_year: "今年 {n} 次", "{n} visit this year", "{n} visits this year";
    n_avoided: "合并后少进 {n} 次", "{n} visit avoided by merging", "{n} visits avoided by merging";
    n_refused: "今年拒绝 {n} 次", "{n} visit refused this year", "{n} visits refused this year";
    n_findings: "{n} 个问题", "{n} finding", "{n} findings";
    n_conflicts: "{n} 处所填不同", "{n} conflict", "{n} conflicts";
    n_held: "{n} 项待核", "{n} held", "{n} held";
    n_waiting: "{n} 处等签名", "{n} waiting for a signature", "{n} waiting for a signature";
    n_photos_missing: "{n} 张照片还在手机上", "{n} photo still on a phone", "{n} photos still on a phone";
    n_photos_noted: "{n} 张照片已记下，图未到或无法显示", "{n} photo noted, no picture has arrived or it cannot be shown", "{n} photos noted, no picture has arrived or it cannot be shown";
    n_lacking_answers: "缺 {n} 项必答", "{n} required answer missing", "{n} required answers missing";
    n_lacking_photos: "缺 {n} 处必拍照片", "{n} required photo missing", "{n} required photos missing";
    n_lacking_notes: "缺 {n} 处必写说明", "{n} required remark missing", "{n} required remarks missing";
    n_changes: "{n} 处改动", "{n} change", "{n} changes";
    n_photos: "{n} 张照片", "{n} photo", "{n} photos";
    n_leaves: "{n} 次离场", "{n} leave", "{n} leaves";
    n_voids: "{n} 次作废", "{n} void", "{n} voids";
    n_arrived: "收到 {n} 处改动", "{n} change arrived", "{n} changes arrived";
    n_people: "{n} 人一致", "{n} person", "{n} people agree";
    row_n: "第 {n} 行", "Row {n}", "Row {n}";
}

impl Words {
    /// A time span of whole minutes.
    pub fn duration(&self, minutes: &u32) -> String {
        let (hours, minutes) = (minutes / 60, minutes % 60);
        match (self.lang, hours, minutes) {
            (Lang::Zh, 0, m) => format!("{m} 分钟"),
            (Lang::Zh, h, 0) => format!("{h} 小时"),
            (Lang::Zh, h, m) => format!("{h} 小时 {m} 分"),
            (Lang::En, 0, m) => format!("{m} min"),
            (Lang::En, h, 0) => format!("{h} h"),
            (Lang::En, h, m) => format!("{h} h {m} min"),
        }
    }

    /// So many out of so many.
    pub fn of_total(&self, part: impl Display, total: impl Display) -> String {
        match self.lang {
            Lang::Zh => format!("{part}/{total}"),
            Lang::En => format!("{part} of {total}"),
        }
    }

    /// The year the burden ledger is about.
    pub fn in_year(&self, year: impl Display) -> String {
        match self.lang {
            Lang::Zh => format!("{year} 年"),
            Lang::En => format!("in {year}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_knows_one_from_many() {
        let en = Words::of(Lang::En);
        assert_eq!(en.n_conflicts(1), "1 conflict");
        assert_eq!(en.n_conflicts(0), "0 conflicts");
        assert_eq!(Words::of(Lang::Zh).n_conflicts(2), "2 处所填不同");
    }

    #[test]
    fn a_duration_leaves_out_what_is_nothing() {
        let (zh, en) = (Words::of(Lang::Zh), Words::of(Lang::En));
        assert_eq!([zh.duration(&0), zh.duration(&60), zh.duration(&135)], ["0 分钟", "1 小时", "2 小时 15 分"]);
        assert_eq!([en.duration(&5), en.duration(&120), en.duration(&61)], ["5 min", "2 h", "1 h 1 min"]);
    }
}
