//! The `settings` sheet.

use super::Report;
use super::columns::{Columns, Known, tag};
use super::sheets::Sheet;
use crate::template::Template;
use crate::text::Text;

const KNOWN: Known = Known {
    plain: &[("form_id", &["id_string"]), ("version", &[]), ("default_language", &[])],
    texts: &[("form_title", &["title"])],
    ignored: &[
        "instance_name",
        "style",
        "public_key",
        "submission_url",
        "auto_send",
        "auto_delete",
        "namespaces",
        "name",
        "allow_choice_duplicates",
        "clean_text_values",
        "omit_instanceid",
        "instance_xmlns",
        "prefix",
        "delimiter",
        "sms_keyword",
        "sms_separator",
        "sms_allow_media",
        "sms_date_format",
        "sms_datetime_format",
        "sms_response",
        "attribute",
    ],
    keeps_further: false,
};

pub(crate) fn read(sheet: &Sheet, template: &mut Template, report: &mut Report) {
    let columns = Columns::read(sheet, &KNOWN, report);
    let Some((_, row)) = sheet.rows.iter().nth(1) else {
        return;
    };
    let get = |name| columns.get(row, name).unwrap_or_default().to_owned();
    template.form_id = get("form_id");
    template.version = get("version");
    template.default_language = tag(&get("default_language"));
    template.title = columns.text(row, "form_title");
    if template.title.is_empty() {
        template.title = Text::plain(&template.form_id);
    }
}
