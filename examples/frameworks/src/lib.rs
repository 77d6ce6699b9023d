//! The code of the guide's page on frameworks. Each module is one framework.

pub mod entities;
pub mod generic;
pub mod graphql;
pub mod loco;

#[cfg(test)]
mod tests {
    const PAGE: &str = include_str!("../../../crates/sea-orm-soft-delete/guide/frameworks.md");
    const SOURCES: [&str; 3] = [
        include_str!("generic.rs"),
        include_str!("graphql.rs"),
        include_str!("loco.rs"),
    ];

    /// The code without what the formatting and the visibility change.
    fn bare(code: &str) -> String {
        let code = code.replace("pub ", "").replace(char::is_whitespace, "");
        code.replace(",)", ")")
            .replace(",}", "}")
            .replace(",>", ">")
    }

    /// Blocks that are marked `rust,ignore` need a framework that is not built here.
    #[test]
    fn the_page_shows_the_code_of_this_crate() {
        let sources = SOURCES.map(bare).concat();
        let blocks = PAGE.split("```rust\n").skip(1);
        let blocks = blocks.map(|block| block.split("```").next().unwrap_or_default());
        let mut compared = 0;
        for part in blocks.flat_map(|block| block.split("\n\n")) {
            assert!(
                sources.contains(&bare(part)),
                "the crate does not have this code:\n{part}"
            );
            compared += 1;
        }
        assert!(compared > 5);
    }
}
