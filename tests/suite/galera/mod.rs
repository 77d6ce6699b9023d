//! A Galera cluster of three nodes that all accept writes.
//!
//! `cargo xtask test` starts the cluster. The locks of a transaction hold on its own node. When two nodes
//! change the same row, the transaction that commits second fails.

mod cluster;
mod conflicts;
mod families;
mod inserts;
mod purge;

use cluster::{Cluster, on_a_galera_cluster, retrying};
