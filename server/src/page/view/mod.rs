//! One plain struct per page. All times are unix milliseconds; all ids are lower-case hex.
//!
//! Pages: [`LoginView`], [`CountyView`], [`InspectionView`], [`FindingsView`], [`PhonesView`], [`ProblemView`].

mod admin;
mod answer;
mod county;
mod finding;
mod held;
mod inspection;
mod login;
mod permit;
mod person;
mod phone;
mod photo;
mod plan;
mod plan_base;
mod plan_form;
mod plan_item;
mod problem;
mod progress;
mod text;

pub use admin::{
    BodiesView, ChecklistsView, DivisionsView, InviteView, LinkView, NoteRow, PasswordView, PeopleView, PersonView,
    PhonesOffice, SetupState, SetupTyped, SetupView, SitesView, StepRow, StepsView, Weight,
};
pub(in crate::page) use admin::{area, body_name};
pub use answer::{Choosing, FieldKind, FieldView, RepeatRow, RepeatView, Said, SectionView, Side, Standing, Who};
pub use county::{Burden, Counts, CountyView, InspectionRow, InspectionState, VillageRow};
pub use finding::{BySeverity, FindingRow, FindingView, FindingsView, Severity};
pub use held::{HeldPageView, HeldWorkRow, LateView, Wrong};
pub use inspection::{Event, HeldReason, HeldValue, HeldView, InspectionView, Moment, WhereView};
pub use login::{LoginProblem, LoginView};
pub use permit::PermitView;
pub use person::{PersonState, Presence};
pub use phone::{Holds, PhoneRow, PhonesView, Pile, Unsent};
pub use photo::{PhotoState, PhotoView};
pub(in crate::page) use plan::class as plan_class;
pub use plan::{PlanCount, PlanInboxView, PlanRow, PlanView};
pub use plan_base::{PlanBaseView, PlanRulesView};
pub use plan_form::{PlanChoice, PlanFormView, PlanTyped};
pub use plan_item::{PlanItemView, PlanJointRow, PlanMay, PlanMergeForm, PlanOverlapRow, PlanSiteRow, PlanStepRow};
pub use problem::{Problem, ProblemView};
pub use progress::{Lacking, Progress};
pub use text::Text;

/// How many there are, as the pages count.
fn count<T>(things: impl IntoIterator<Item = T>) -> u32 {
    u32::try_from(things.into_iter().count()).unwrap_or(u32::MAX)
}
