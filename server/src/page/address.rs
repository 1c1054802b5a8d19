//! Every address a page links to; the routes are the same strings.

/// The county at a glance.
pub const COUNTY: &str = "/";
/// All findings in the reader's scope.
pub const FINDINGS: &str = "/findings";
/// All phones in the reader's scope.
pub const PHONES: &str = "/phones";
/// Signing in: shown on GET; a POST carries the form fields `name`, `password` and `next`.
pub const LOGIN: &str = "/login";
/// Signing out, POST without fields.
pub const LOGOUT: &str = "/logout";
/// Choosing a first password by its one-time code, changing one's own.
pub const PASSWORD: &str = "/password";
/// Making the first administrator, by a one-time code.
pub const SETUP: &str = "/setup";
/// What is to be done until a first permit, and where.
pub const ADMIN: &str = "/admin";
/// The divisions, and taking in a table of them.
pub const ADMIN_DIVISIONS: &str = "/admin/divisions";
/// The bodies.
pub const ADMIN_BODIES: &str = "/admin/bodies";
/// The people and what they may do; each has a page below it.
pub const ADMIN_PEOPLE: &str = "/admin/people";
/// The sites, and taking in a table of them.
pub const ADMIN_SITES: &str = "/admin/sites";
/// The checklists, and taking in a workbook.
pub const ADMIN_CHECKLISTS: &str = "/admin/checklists";
/// The annual plan; below it a page for each year.
pub const PLAN: &str = "/plan";
/// The accounts of other systems, and their tokens.
pub const ADMIN_ACCOUNTS: &str = "/admin/accounts";
/// The stream of change hints (server-sent events, event `change`).
pub const LIVE: &str = "/live";
/// Where the inspections' own pages live; see [`inspection`].
pub const INSPECTIONS: &str = "/inspections/";
/// Where the files of [`super::assets`] are served.
pub const ASSETS: &str = "/assets/";

/// The page of one inspection, by its document id (hex).
#[must_use]
pub fn inspection(id: &str) -> String {
    format!("{INSPECTIONS}{id}")
}

/// Where to go after signing in: `next` when it is an address on this site, else the county. A browser reads `//host`
/// and `/\host` as another site, and drops tabs and line ends before it looks.
#[must_use]
pub fn local(next: &str) -> &str {
    let foreign =
        !next.starts_with('/') || next.starts_with("//") || next.contains('\\') || next.chars().any(char::is_control);
    if foreign { COUNTY } else { next }
}

/// An address as a header takes it: what is no plain printable character is percent-encoded, as a browser does itself.
#[must_use]
pub fn in_header(address: &str) -> String {
    encoded(address, |byte| byte.is_ascii_graphic())
}

/// An address as the value of a query: everything but letters, digits, `-`, `_`, `.` and `/` is percent-encoded.
#[must_use]
pub fn escaped(address: &str) -> String {
    encoded(address, |byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
}

fn encoded(address: &str, plain: impl Fn(u8) -> bool) -> String {
    address
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_being_the_value_of_a_query() {
        assert_eq!(escaped("/inspections/ab?lang=zh&x=村"), "/inspections/ab%3Flang%3Dzh%26x%3D%E6%9D%91");
    }

    #[test]
    fn only_an_address_on_this_site_is_followed() {
        assert_eq!(local("/inspections/ab?x=1"), "/inspections/ab?x=1");
        for foreign in ["", "inspections", "https://example.org/", "//example.org", "/\\example.org", "/\t/example.org"]
        {
            assert_eq!(local(foreign), COUNTY, "{foreign:?}");
        }
    }
}
