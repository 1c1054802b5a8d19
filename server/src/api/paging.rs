//! Lists in pages.

use super::ApiError;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

/// The most entries of a page.
pub(super) const MOST: u32 = 200;
const USUAL: u32 = 50;

/// Which page.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// The `next` of the page before; left out for the first one.
    #[param(pattern = "^[0-9a-f]{32}$")]
    after: Option<String>,
    /// How many inspections, sites or items a page goes through.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

impl Page {
    /// How many entries at most.
    pub(super) fn limit(&self) -> Result<usize, ApiError> {
        match self.limit.unwrap_or(USUAL) {
            limit @ 1..=MOST => Ok(limit as usize),
            other => Err(ApiError::Invalid(format!("limit: {other} is not between 1 and {MOST}"))),
        }
    }

    /// The id to go on after.
    pub(super) fn after(&self) -> Result<Option<[u8; 16]>, ApiError> {
        let Some(text) = &self.after else { return Ok(None) };
        let mut id = [0; 16];
        let wrong = |_| ApiError::Invalid("after: not a next of this list".to_owned());
        hex::decode_to_slice(text, &mut id).map_err(wrong)?;
        Ok(Some(id))
    }
}

/// A query string; what is wrong with it is said as everything else.
pub(super) struct Asked<T>(pub(super) T);

impl<T, S> FromRequestParts<S> for Asked<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let asked = Query::<T>::from_request_parts(parts, state).await;
        asked.map(|Query(asked)| Self(asked)).map_err(|error| ApiError::Invalid(error.body_text()))
    }
}
