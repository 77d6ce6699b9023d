//! Scopes beside soft delete: a tenant whose value the connection carries, and conditions.

mod attacks;
mod carried;
mod entities;
mod families;
mod reads;
mod writes;
