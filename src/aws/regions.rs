//! The clients of the provider's Region, and of the Regions that resources name.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Clients, Config};

/// Clients by Region. Making them contacts nothing.
#[derive(Debug)]
pub struct Regions {
    config: Config,
    home: Arc<Clients>,
    others: Mutex<BTreeMap<String, Arc<Clients>>>,
}

impl Regions {
    /// Clients for the given configuration, whose Region is the provider's.
    pub fn new(config: Config) -> Self {
        Self {
            home: Arc::new(Clients::new(config.clone())),
            config,
            others: Mutex::default(),
        }
    }

    /// The clients of the provider's Region.
    pub fn home(&self) -> &Arc<Clients> {
        &self.home
    }

    /// The clients of a Region; those of the provider's own when none is named.
    pub fn clients_in(&self, region: Option<&str>) -> Arc<Clients> {
        let Some(region) = region.filter(|region| !self.is_home(region)) else {
            return self.home.clone();
        };
        self.others
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(region.to_owned())
            .or_insert_with(|| {
                Arc::new(Clients::new(Config {
                    region: Some(region.to_owned()),
                    ..self.config.clone()
                }))
            })
            .clone()
    }

    /// Whether a Region is known to be the provider's. One that only the shared files or the
    /// instance name is not.
    pub fn is_home(&self, region: &str) -> bool {
        self.config.configured_region().as_deref() == Some(region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_each_has_clients_of_its_own_that_are_made_once() {
        let regions = Regions::new(Config {
            region: Some("eu-central-1".to_owned()),
            ..Config::default()
        });
        assert!(Arc::ptr_eq(&regions.clients_in(None), regions.home()));
        assert!(Arc::ptr_eq(
            &regions.clients_in(Some("eu-central-1")),
            regions.home()
        ));
        let ireland = regions.clients_in(Some("eu-west-1"));
        assert!(!Arc::ptr_eq(&ireland, regions.home()));
        assert!(Arc::ptr_eq(
            &ireland,
            &regions.clients_in(Some("eu-west-1"))
        ));
        assert_eq!(ireland.location(), "the Region eu-west-1");
    }
}
