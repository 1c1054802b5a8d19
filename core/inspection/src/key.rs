//! The keys of answers: `question@instance`, and `question#note` for the remark on a failed answer.

use wurao_checklist::{Key, ROOT};

/// The key of a question in an instance.
pub fn key(question: &str, instance: &str) -> String {
    format!("{question}@{instance}")
}

/// The question that a key speaks of; for a remark's key, the remark.
pub fn question_of(key: &str) -> &str {
    key.rsplit_once('@').map_or(key, |(question, _)| question)
}

/// What the remark on a question is called where a question's uid stands.
pub fn remark(question: &str) -> String {
    Key::note(question, ROOT).question
}

/// The question that a remark is about; none when this is no remark.
pub fn remarked(question: &str) -> Option<&str> {
    question.strip_suffix("#note")
}

#[cfg(test)]
mod tests {
    use super::{key, question_of, remark, remarked};

    #[test]
    fn a_key_leads_back_to_its_question_and_a_remark_to_what_it_is_about() {
        assert_eq!(question_of(&key("lot/item", "00aa")), "lot/item");
        assert_eq!(question_of("no key"), "no key");
        assert_eq!(remarked(&remark("water")), Some("water"));
        assert_eq!(remarked(question_of(&key(&remark("water"), "-"))), Some("water"));
        assert_eq!(remarked("water"), None);
    }
}
