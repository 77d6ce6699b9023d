//! The functions that run before rows are erased, for what lies outside of the database.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use sea_orm::sea_query::{FromValueTuple, ValueTuple};
use sea_orm::{EntityTrait, PrimaryKeyTrait};

use crate::entity::SoftDeleteEntity;
use crate::entity::member::{Member, TableKey};
use crate::erasure::walk::Walk;
use crate::error::SoftDeleteError;
use crate::family::{Graph, Soft};

type Ran = Pin<Box<dyn Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send>>;

type Run = dyn Fn(Vec<ValueTuple>) -> Ran + Send + Sync;

/// The functions of an erasure, each with the table of its rows.
#[derive(Clone, Default)]
pub(super) struct Before(Vec<(TableKey, Arc<Run>)>);

impl fmt::Debug for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.0.iter().map(|((_, table), _)| table);
        f.debug_list().entries(tables).finish()
    }
}

impl Before {
    pub(super) fn add<E, F, R>(&mut self, run: F)
    where
        E: SoftDeleteEntity,
        F: Fn(Vec<<<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType>) -> R
            + Send
            + Sync
            + 'static,
        R: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        let run = move |keys: Vec<ValueTuple>| -> Ran {
            let keys = keys.into_iter().map(FromValueTuple::from_value_tuple);
            Box::pin(run(keys.collect()))
        };
        self.0.push((Soft::<E>::MEMBER.key(), Arc::new(run)));
    }

    /// Runs the functions of the tables in which rows change.
    pub(super) async fn run(&self, walk: &Walk) -> Result<(), SoftDeleteError> {
        let graph = Graph::registered();
        for table in &walk.tables {
            let member: &dyn Member = graph.member(table.node);
            for (_, run) in self.0.iter().filter(|(of, _)| *of == member.key()) {
                let keys = table.changing();
                if keys.is_empty() {
                    continue;
                }
                run(keys)
                    .await
                    .map_err(|error| SoftDeleteError::BeforeErasureFailed {
                        entity: member.name(),
                        source: error.into(),
                    })?;
            }
        }
        Ok(())
    }
}
