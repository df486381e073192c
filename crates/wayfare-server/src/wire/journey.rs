//! Journeys, as the events tell of them.

use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use wayfare_model::journey;
use wayfare_store::JourneySummary;

/// All journeys that events tell of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum JourneysAnswer {
    /// With their figures.
    Figures(Journeys),
    /// To an API key with a policy.
    Names(JourneyNames),
}

/// The names of all journeys that events tell of.
#[derive(Debug, Serialize, ToSchema)]
pub struct JourneyNames {
    /// The journeys, by id.
    pub journeys: Vec<JourneyName>,
    /// The position up to which records were seen.
    pub position: u64,
}

/// A journey without its figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct JourneyName {
    /// Its id.
    pub journey_id: i64,
    /// Its name, as its newest event says.
    pub journey_name: String,
}

impl From<JourneySummary> for JourneyName {
    fn from(summary: JourneySummary) -> Self {
        Self { journey_id: summary.journey_id, journey_name: summary.journey_name.unwrap_or_default() }
    }
}

/// All journeys that events tell of, with their figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct Journeys {
    /// The journeys, by id.
    pub journeys: Vec<Journey>,
    /// The position up to which records were seen.
    pub position: u64,
}

/// A journey.
#[derive(Debug, Serialize, ToSchema)]
pub struct Journey {
    /// Its id.
    pub journey_id: i64,
    /// Its name, as its newest event says.
    pub journey_name: String,
    /// How often it was entered.
    pub entered: u64,
    /// How many profiles entered it.
    pub entered_profiles: u64,
    /// How often it was left.
    pub exited: u64,
    /// How many profiles left it.
    pub exited_profiles: u64,
    /// For each channel's code, how many actions there were, by the action's name (its code where it has none).
    pub messages: BTreeMap<String, BTreeMap<String, u64>>,
    /// Its campaigns.
    pub campaigns: Vec<Campaign>,
    /// When its newest event happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub last_activity: Option<String>,
}

/// A campaign of a journey.
#[derive(Debug, Serialize, ToSchema)]
pub struct Campaign {
    /// Its id.
    pub campaign_id: i64,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub campaign_name: Option<String>,
    /// Its channel.
    pub channel_code: String,
}

impl From<JourneySummary> for Journey {
    fn from(summary: JourneySummary) -> Self {
        let mut messages = BTreeMap::new();
        let mut campaigns = Vec::new();
        for channel in summary.channels {
            let code = channel.channel_code;
            let actions = channel.actions.into_iter().map(|(code, count)| {
                let name =
                    journey::action(code).map_or_else(|| code.to_string(), |action| action.name.to_owned());
                (name, count)
            });
            messages.insert(code.clone(), actions.collect());
            campaigns.extend(channel.campaigns.into_iter().map(|(id, name)| Campaign {
                campaign_id: id,
                campaign_name: name,
                channel_code: code.clone(),
            }));
        }
        Self {
            journey_id: summary.journey_id,
            journey_name: summary.journey_name.unwrap_or_default(),
            entered: summary.entered,
            entered_profiles: summary.entered_profiles,
            exited: summary.exited,
            exited_profiles: summary.exited_profiles,
            messages,
            campaigns,
            last_activity: summary.last_activity.map(|at| at.to_string()),
        }
    }
}
