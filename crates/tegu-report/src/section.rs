//! A section for each kind of thing, counted or not.

use crate::{Disposition, Entity, EntityInfo, Fact, Text};
use serde::{Deserialize, Serialize, Serializer};

/// What the report says about one kind of thing: how it moves, what the directory knows about it, what a person does.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[non_exhaustive]
pub struct Section {
    /// The kind of thing. [`Entity::info`] has its texts, which `report.json` repeats.
    pub entity: Entity,
    /// What the directory says about it.
    pub facts: Vec<Fact>,
}

impl Section {
    /// Makes one section for each entity, in the order of [`Entity::ALL`].
    pub fn all(mut facts: Vec<Fact>) -> Vec<Self> {
        Entity::ALL
            .iter()
            .map(|&entity| Self {
                entity,
                facts: facts.extract_if(.., |fact| fact.entity == entity).collect(),
            })
            .collect()
    }
}

impl Serialize for Section {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            entity: Entity,
            disposition: Disposition,
            title: Text,
            exchange: Text,
            tegu: Text,
            why: Text,
            todo: Text,
            facts: &'a [Fact],
        }
        let EntityInfo {
            title,
            exchange,
            tegu,
            disposition,
            why,
            todo,
            ..
        } = *self.entity.info();
        Shown {
            entity: self.entity,
            disposition,
            title,
            exchange,
            tegu,
            why,
            todo,
            facts: &self.facts,
        }
        .serialize(serializer)
    }
}
