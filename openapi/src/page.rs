//! Paging: which part of a list is asked for.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Fault;

/// How many rows a page holds at most: 1 to 1000, 100 where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
pub struct Limit(u64);

impl Limit {
    /// The smallest limit.
    pub const MIN: u64 = 1;
    /// The largest limit.
    pub const MAX: u64 = 1000;

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(100)
    }
}

impl TryFrom<u64> for Limit {
    type Error = Fault;

    fn try_from(limit: u64) -> Result<Self, Fault> {
        if (Self::MIN..=Self::MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(Fault::Range(Self::MIN, Self::MAX))
        }
    }
}

impl From<Limit> for u64 {
    fn from(limit: Limit) -> Self {
        limit.0
    }
}

impl FromStr for Limit {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        text.parse::<u64>().map_err(|_| Fault::Range(Self::MIN, Self::MAX))?.try_into()
    }
}

/// How many rows to leave out at the beginning: 0 to 2^31-1, 0 where nothing is said. It costs
/// the more the larger it is; `after` does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u64", try_from = "u64")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
pub struct Skip(u64);

impl Skip {
    /// The largest number of rows that can be left out.
    pub const MAX: u64 = i32::MAX as u64;

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Skip {
    type Error = Fault;

    fn try_from(skip: u64) -> Result<Self, Fault> {
        if skip <= Self::MAX { Ok(Self(skip)) } else { Err(Fault::Range(0, Self::MAX)) }
    }
}

impl From<Skip> for u64 {
    fn from(skip: Skip) -> Self {
        skip.0
    }
}

impl FromStr for Skip {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        text.parse::<u64>().map_err(|_| Fault::Range(0, Self::MAX))?.try_into()
    }
}

#[cfg(feature = "poem")]
mod types {
    use super::{Limit, Skip};
    crate::schema::scalar!(
        Limit,
        crate::schema::range(Limit::MIN, Limit::MAX, Limit::default().get())
    );
    crate::schema::scalar!(Skip, crate::schema::range(0, Skip::MAX, 0));
}

/// Which part of a list in id order is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Page<Id> {
    /// Only rows after the one with this id; costs the same at any depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Id>,
    /// How many rows to leave out at the beginning.
    pub skip: Skip,
    /// How many rows at most.
    pub limit: Limit,
}

impl<Id> Default for Page<Id> {
    fn default() -> Self {
        Self { after: None, skip: Skip::default(), limit: Limit::default() }
    }
}

/// Which part of a list that is newest first is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Recent<Id> {
    /// Only rows older than the one with this id; costs the same at any depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Id>,
    /// How many rows to leave out at the beginning.
    pub skip: Skip,
    /// How many rows at most.
    pub limit: Limit,
}

impl<Id> Default for Recent<Id> {
    fn default() -> Self {
        Self { before: None, skip: Skip::default(), limit: Limit::default() }
    }
}
