use crate::world::{Live, compiled, integer, repeat};
use wurao_checklist::ROOT;
use wurao_inspection::{settled, text};
use wurao_record::{
    ActorId, Genesis, GenesisSeed, Ledger, Map, Put, Scalar, Standing, admit, build, choice_key, choose_puts,
};

#[test]
fn different_values_are_a_conflict_and_equal_ones_are_not() {
    let checklist = compiled(vec![integer("beds"), integer("tents"), integer("boats")]);
    let reading = Live::default()
        .answer(1, "beds", ROOT, 12)
        .answer(2, "beds", ROOT, 14)
        .answer(1, "tents", ROOT, 3)
        .answer(2, "tents", ROOT, 3)
        .read(&checklist);
    assert_eq!(reading.conflicts(), 1);
    let beds = reading.answer("beds@-");
    let values: Vec<String> = beds.values.iter().map(|held| text(&held.value)).collect();
    assert_eq!((beds.standing, values), (Standing::Conflict, vec!["14".to_owned(), "12".to_owned()]));
    assert_eq!(reading.answer("tents@-").standing, Standing::Agreed);
    assert_eq!(reading.answer("tents@-").values[0].stamps.len(), 2);
    assert_eq!(reading.answer("boats@-").standing, Standing::Empty);
    assert_eq!(reading.answer_keys().collect::<Vec<_>>(), ["beds@-", "tents@-"]);
}

#[test]
fn a_choice_settles_a_conflict() {
    let checklist = compiled(vec![integer("beds")]);
    let before = Live::default().answer(1, "beds", ROOT, 12).answer(2, "beds", ROOT, 14).read(&checklist);
    let [put, named] = choose_puts(&before.answer("beds@-"), Map::Answers, "beds@-", &Scalar::Int(12));
    assert_eq!(named.key, choice_key(Map::Answers, "beds@-"));
    let after = Live::default()
        .put(3, put.map, &put.key, put.value)
        .put(3, named.map, &named.key, named.value)
        .in_the_same_change()
        .read(&checklist);
    assert_eq!((before.conflicts(), before.chosen()), (1, 0));
    assert_eq!((after.conflicts(), after.chosen(), after.answer("beds@-").standing), (0, 1, Standing::Chosen));
}

#[test]
fn people_who_disagree_on_what_is_not_asked_any_more_are_counted_too() {
    let checklist = compiled(vec![integer("beds")]);
    let reading = Live::default().answer(1, "gone", ROOT, 1).answer(2, "gone", ROOT, 2).read(&checklist);
    assert!(reading.outline(&checklist).iter().all(|section| section.items.len() == 1));
    assert_eq!(reading.conflicts(), 1);
}

#[test]
fn the_order_in_which_puts_come_changes_nothing() {
    let checklist = compiled(vec![integer("beds"), repeat("lot", None, vec![integer("boxes")])]);
    let live = Live::default()
        .answer(1, "boxes", "aa", 3)
        .row("aa", "lot", None)
        .answer(2, "beds", ROOT, 14)
        .answer(1, "beds", ROOT, 12);
    let mut turned = live.ops().to_vec();
    turned.reverse();
    let (one, other) =
        (live.read(&checklist), wurao_inspection::Reading::new(&checklist, turned, &crate::world::moment()));
    assert_eq!((&one.answers, &one.evaluation), (&other.answers, &other.evaluation));
    assert_eq!(one.answer("beds@-"), other.answer("beds@-"));
    assert_eq!(one.at(Map::Answers, "beds@-").len(), 2);
}

/// Who said what, and whether that was a choice.
type One = (u8, String, bool);

/// A document in which each of these people writes at their own time.
#[derive(Clone, Default)]
struct Written(Ledger);

impl Written {
    fn genesis() -> Genesis {
        Genesis::new(&GenesisSeed { permit: [1; 16], site: [2; 16], checklist: [3; 32] })
    }

    #[allow(clippy::unwrap_used, reason = "a test that cannot write has failed")]
    fn puts(&mut self, who: u8, puts: &[Put]) {
        let change = build(&Self::genesis(), &self.0, &ActorId([who; 16]), i64::from(who), puts).unwrap();
        self.0.apply(change);
    }

    fn says(&mut self, who: u8, beds: i64) {
        self.puts(who, &[Put::new(Map::Answers, "beds@-", Scalar::Int(beds))]);
    }

    fn chooses(&mut self, who: u8, beds: i64) {
        let field = self.0.field(Map::Answers, "beds@-");
        self.puts(who, &choose_puts(&field, Map::Answers, "beds@-", &Scalar::Int(beds)));
    }

    fn hears(&mut self, other: &Self) {
        for (_, bytes) in other.0.changes() {
            if let Ok(change) = admit(&Self::genesis(), &self.0, bytes) {
                self.0.apply(change);
            }
        }
    }

    /// Who chose what, and among what: who, what, and whether that was a choice.
    fn settled(&self) -> Vec<(u8, String, Vec<One>)> {
        let field = self.0.field(Map::Answers, "beds@-");
        let (answers, choices) =
            (self.0.ops_at(Map::Answers, "beds@-"), self.0.ops_at(Map::Choices, &choice_key(Map::Answers, "beds@-")));
        let all = settled(&field, answers, choices);
        let told = all.iter().map(|settled| {
            let among = settled.among.iter().map(|one| (one.op.id.actor.0[0], text(&one.op.value), one.chose));
            (settled.choice.stamp.id.actor.0[0], text(&settled.choice.chosen), among.collect())
        });
        told.collect()
    }
}

#[test]
fn a_choice_is_told_with_what_it_chose_among_and_one_among_it_with_what_that_chose_among() {
    let (mut one, mut two) = (Written::default(), Written::default());
    one.says(1, 12);
    two.says(2, 14);
    one.hears(&two);
    assert_eq!(one.settled(), []);
    one.chooses(3, 14);
    let first = vec![(1, "12".to_owned(), false), (2, "14".to_owned(), false)];
    assert_eq!(one.settled(), [(3, "14".to_owned(), first.clone())]);

    // Another chose otherwise, without knowing: two choices, each with what it saw.
    let mut apart = Written::default();
    apart.says(1, 12);
    apart.hears(&two);
    apart.chooses(4, 12);
    one.hears(&apart);
    assert_eq!(one.settled(), [(3, "14".to_owned(), first.clone()), (4, "12".to_owned(), first.clone())]);

    // Chosen among the choices: what was said at first is still told.
    one.chooses(5, 12);
    let all = [first, vec![(3, "14".to_owned(), true), (4, "12".to_owned(), true)]].concat();
    assert_eq!(one.settled(), [(5, "12".to_owned(), all)]);
}
