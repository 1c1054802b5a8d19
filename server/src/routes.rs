//! The router: every address of the server in one place.

use crate::{
    App, admin, api, audit, body, choices, enrol, export, headers, held, live, pages, people, plan, sync, uploads,
    village,
};
use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use std::collections::BTreeMap;

/// Every address.
fn all() -> Router<App> {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(sync::routes())
        .merge(enrol::routes())
        .merge(uploads::routes())
        .merge(people::routes())
        .merge(live::routes())
        .merge(pages::routes())
        .merge(export::routes())
        .merge(plan::routes())
        .merge(admin::routes())
        .merge(api::routes())
        .merge(village::routes())
        .merge(held::routes())
        .merge(choices::routes())
        .merge(audit::routes())
}

/// Everything the server answers.
pub fn router(app: App) -> Router {
    all()
        .method_not_allowed_fallback(back_to_the_form)
        .layer(from_fn_with_state(app.clone(), admin::keep_current))
        .layer(from_fn_with_state(app.clone(), people::origin::only_ours))
        .layer(from_fn_with_state(app.clone(), headers::guard))
        .layer(from_fn_with_state(app.clone(), body::keep_pace))
        .with_state(app)
}

/// A form that is refused shows its page again under the address it was sent to. Whoever then takes the other language,
/// or comes back to that address, is led to where the form stands.
async fn back_to_the_form(method: Method, uri: Uri) -> Response {
    let parts: Vec<&str> = uri.path().trim_start_matches('/').split('/').collect();
    let page = match parts[..] {
        ["held", ..] => "/held".to_owned(),
        ["inspections", id, "choices"] => format!("/inspections/{id}"),
        ["phones", ..] => "/phones".to_owned(),
        ["plan", "items", id, _] => format!("/plan/items/{id}"),
        ["admin", "people", id, _] => format!("/admin/people/{id}"),
        ["admin", page, ..] => format!("/admin/{page}"),
        _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    if method != Method::GET {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    Redirect::to(&uri.query().map_or_else(|| page.clone(), |query| format!("{page}?{query}"))).into_response()
}

/// An address and what may be done there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The path, its changing parts in braces: `/inspections/{document}`.
    pub path: String,
    /// The methods it answers, `GET`, `POST`; HEAD goes with GET.
    pub methods: Vec<String>,
}

/// Every address of the server, as the router itself knows them: none can be forgotten here.
pub fn list() -> Vec<Route> {
    // The router has no other way of saying what is in it than its debug text; a test holds us to it.
    let text = format!("{:?}", all());
    let text = text.split("fallback_router:").next().unwrap_or_default();
    let (mut methods, mut paths) = (BTreeMap::new(), BTreeMap::new());
    for part in text.split("RouteId(").skip(1) {
        let Some((id, rest)) = part.split_once("): ") else { continue };
        if let Some(path) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
            paths.insert(id, path);
        } else if let Some(allowed) = rest.split("allow_header: Bytes(b\"").nth(1) {
            methods.insert(id, allowed.split('"').next().unwrap_or_default());
        }
    }
    let methods_of = |id: &str| methods.get(id).copied().unwrap_or_default().split(',').filter(|name| *name != "HEAD");
    let route = |(id, path): (&&str, &&str)| Route {
        path: (*path).to_owned(),
        methods: methods_of(id).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
    };
    let mut routes: Vec<Route> = paths.iter().map(route).collect();
    routes.sort();
    routes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_addresses_is_the_router_s_own() {
        let of = |path: &str, methods: &[&str]| Route {
            path: path.to_owned(),
            methods: methods.iter().map(|&method| method.to_owned()).collect(),
        };
        let here = list();
        for known in [
            of("/", &["GET"]),
            of("/healthz", &["GET"]),
            of("/login", &["GET", "POST"]),
            of("/v1/sync", &["POST"]),
            of("/inspections/{document}/export.json", &["GET"]),
        ] {
            assert!(here.contains(&known), "{known:?} is not in {here:#?}");
        }
        assert!(here.iter().all(|route| !route.methods.is_empty()), "{here:#?}");
        let more = format!("{:?}", all().route("/forgotten", get(async || "")));
        assert!(more.contains("\"/forgotten\""), "the router says what it holds in another way now: {more}");
    }
}
