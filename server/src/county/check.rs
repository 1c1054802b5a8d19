//! Whether the entries of a county file fit each other.

use super::file::County;
use super::{CountyError, DivisionEntry};
use crate::people::Role;
use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

pub(super) fn check(county: &County) -> Result<(), CountyError> {
    names_occur_once(county)?;
    for (at, division) in county.divisions.iter().enumerate() {
        twelve_digits(&format!("divisions[{at}]"), &division.code)?;
    }
    for (at, site) in county.sites.iter().enumerate() {
        let entry = format!("sites[{at}]");
        twelve_digits(&entry, &site.division)?;
        lies_in_a_county_of_ours(&entry, &site.division, &county.divisions)?;
    }
    people(county)?;
    plan(county)?;
    permits(county)?;
    for (at, code) in county.enrol_codes.iter().enumerate() {
        let entry = format!("enrol_codes[{at}]");
        if code.code.trim().is_empty() {
            return Err(CountyError::entry(entry, "the code is empty"));
        }
        all_in(&entry, &code.persons, county.people.iter().map(|person| person.id), "people")?;
    }
    Ok(())
}

fn names_occur_once(county: &County) -> Result<(), CountyError> {
    once("divisions", county.divisions.iter().map(|entry| &entry.code))?;
    once("bodies", county.bodies.iter().map(|entry| entry.id))?;
    once("people", county.people.iter().map(|entry| entry.id))?;
    once("people", county.people.iter().map(|entry| &entry.login))?;
    once("sites", county.sites.iter().map(|entry| entry.id))?;
    once("checklists", county.checklists.iter().map(|entry| &entry.name))?;
    once("plan", county.plan.iter().map(|entry| entry.id))?;
    once("permits", county.permits.iter().map(|entry| entry.id))
}

fn people(county: &County) -> Result<(), CountyError> {
    for (at, person) in county.people.iter().enumerate() {
        let entry = format!("people[{at}]");
        is_in(&entry, &person.body, county.bodies.iter().map(|body| body.id), "bodies")?;
        if person.login.trim().is_empty() {
            return Err(CountyError::entry(entry, "the login is empty"));
        }
        if person.roles().next().is_none() {
            return Err(CountyError::entry(entry, "has no role"));
        }
        if let Some(role) = person.roles().find(|role| role.parse::<Role>().is_err()) {
            let known = Role::ALL.map(Role::name).join(", ");
            return Err(CountyError::entry(entry, format!("role {role:?} is none of {known}")));
        }
        if person.scope.len() > 12 || !person.scope.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(CountyError::entry(entry, format!("scope {:?} is not up to 12 digits", person.scope)));
        }
    }
    Ok(())
}

fn plan(county: &County) -> Result<(), CountyError> {
    for (at, item) in county.plan.iter().enumerate() {
        let entry = format!("plan[{at}]");
        is_in(&entry, &item.body, county.bodies.iter().map(|body| body.id), "bodies")?;
        is_in(&entry, &item.checklist, county.checklists.iter().map(|list| list.name.clone()), "checklists")?;
        all_in(&entry, &item.sites, county.sites.iter().map(|site| site.id), "sites")?;
        all_in(&entry, &item.team, county.people.iter().map(|person| person.id), "people")?;
        if item.team.is_empty() {
            return Err(CountyError::entry(entry, "the team is empty"));
        }
    }
    Ok(())
}

fn permits(county: &County) -> Result<(), CountyError> {
    for (at, permit) in county.permits.iter().enumerate() {
        let entry = format!("permits[{at}]");
        is_in(&entry, &permit.plan_item, county.plan.iter().map(|item| item.id), "plan")?;
        let Some(item) = county.plan.iter().find(|item| item.id == permit.plan_item) else { continue };
        is_in(&entry, &permit.site, item.sites.iter().copied(), "its plan item's sites")?;
        all_in(&entry, &permit.team, item.team.iter().copied(), "its plan item's team")?;
    }
    Ok(())
}

fn twelve_digits(entry: &str, code: &str) -> Result<(), CountyError> {
    if code.len() == 12 && code.bytes().all(|digit| digit.is_ascii_digit()) {
        return Ok(());
    }
    Err(CountyError::entry(entry, format!("division code {code:?} is not 12 digits")))
}

/// A code's first six digits name its county, which the file must know: it catches digits swapped or left out.
fn lies_in_a_county_of_ours(entry: &str, code: &str, divisions: &[DivisionEntry]) -> Result<(), CountyError> {
    let county = format!("{}000000", &code[..6]);
    if divisions.iter().any(|division| division.code == county) {
        return Ok(());
    }
    Err(CountyError::Unknown { entry: entry.to_owned(), name: format!("county {county}"), list: "divisions" })
}

fn once<T: Hash + Eq + Display>(list: &str, names: impl Iterator<Item = T>) -> Result<(), CountyError> {
    let mut seen = HashSet::new();
    for (at, name) in names.enumerate() {
        let text = name.to_string();
        if !seen.insert(name) {
            return Err(CountyError::Twice { entry: format!("{list}[{at}]"), name: text });
        }
    }
    Ok(())
}

fn is_in<T: PartialEq + Display>(
    entry: &str,
    name: &T,
    mut names: impl Iterator<Item = T>,
    list: &'static str,
) -> Result<(), CountyError> {
    if names.any(|known| known == *name) {
        return Ok(());
    }
    Err(CountyError::Unknown { entry: entry.to_owned(), name: name.to_string(), list })
}

fn all_in<T: PartialEq + Display>(
    entry: &str,
    named: &[T],
    names: impl Iterator<Item = T> + Clone,
    list: &'static str,
) -> Result<(), CountyError> {
    named.iter().try_for_each(|name| is_in(entry, name, names.clone(), list))
}
