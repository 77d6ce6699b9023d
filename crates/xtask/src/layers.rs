//! The folders of the library are layers: a file imports from its own layer and from lower ones, and files do
//! not import each other in a circle. Re-exports are followed to the file that defines the name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use syn::visit::Visit;

/// The folders and files of the library's root, from the lowest layer to the highest.
const LAYERS: &[&str] = &[
    "operation",
    "value_text",
    "report",
    "error",
    "entity",
    "default_scope",
    "query",
    "deletion_log",
    "family",
    "schema",
    "scoped",
    "verbs",
    "erasure",
    "purge",
    "doctor",
    "testing",
];

/// The root itself, and the module that generated code calls: they re-export from every layer.
const ROOT: &[&str] = &["", "private"];

/// A module's path without `crate`: `family::plan`.
type Module = String;

#[derive(Default)]
struct File {
    /// The names that its imports introduce, and the path of each name.
    names: HashMap<String, Vec<String>>,
    /// The names that other modules can import from here, and the path of each name.
    exports: HashMap<String, Vec<String>>,
    /// The paths that the module names, in its imports or elsewhere.
    paths: BTreeSet<Vec<String>>,
}

struct Crate {
    files: BTreeMap<Module, File>,
}

impl Crate {
    /// Reads every file below `src`.
    fn read(src: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![src.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let module = path.strip_prefix(src).unwrap().with_extension("");
                    let module = module.to_str().unwrap().replace('/', "::");
                    // Examples that the documentation includes are not modules.
                    if !module.starts_with("docs::") {
                        let module = if module == "lib" {
                            String::new()
                        } else {
                            module
                        };
                        files.insert(module.clone(), File::parse(&module, &text));
                    }
                }
            }
        }
        Self { files }
    }

    /// The file that defines the item at a path; `None` if the item belongs to another crate.
    fn file_of(&self, path: &[String]) -> Option<Module> {
        self.resolve(path, 0)
    }

    fn resolve(&self, path: &[String], depth: usize) -> Option<Module> {
        assert!(depth < 20, "{path:?} is re-exported in a circle");
        let mut module = String::new();
        for (at, name) in path.iter().enumerate() {
            let child = match module.as_str() {
                "" => name.clone(),
                module => format!("{module}::{name}"),
            };
            if self.files.contains_key(&child) {
                module = child;
                continue;
            }
            let file = &self.files[&module];
            if let Some(target) = file.exports.get(name) {
                let rest = path[at + 1..].iter();
                let target: Vec<String> = target.iter().chain(rest).cloned().collect();
                // Another crate defines the item of `pub use other_crate::Name`.
                return match target.first().is_some_and(|first| first == "crate") {
                    true => self.resolve(&target[1..], depth + 1),
                    false => None,
                };
            }
            return Some(module);
        }
        Some(module)
    }

    /// The files from which each file imports.
    fn imports(&self) -> BTreeMap<&str, BTreeSet<Module>> {
        let of = |module: &Module, file: &File| {
            let paths = file.paths.iter().filter_map(|path| {
                let path = match file.names.get(&path[0]) {
                    Some(known) => [known, &path[1..]].concat(),
                    None => path.clone(),
                };
                match path.first().is_some_and(|first| first == "crate") {
                    true => self.file_of(&path[1..]),
                    false => None,
                }
            });
            paths.filter(|other| other != module).collect()
        };
        let files = self.files.iter();
        files
            .map(|(module, file)| (module.as_str(), of(module, file)))
            .collect()
    }

    /// The imports from a layer above the file's own layer.
    fn climbs(&self) -> Vec<String> {
        let layer = |module: &str| {
            let folder = module.split("::").next().unwrap_or_default().to_owned();
            let layer = LAYERS.iter().position(|layer| *layer == folder);
            layer.unwrap_or_else(|| panic!("`{folder}` is a new layer: add it to LAYERS"))
        };
        let mut climbs = Vec::new();
        for (module, imported) in self.imports() {
            if ROOT.contains(&module) {
                continue;
            }
            for other in imported
                .iter()
                .filter(|other| !ROOT.contains(&other.as_str()))
            {
                if layer(other) > layer(module) {
                    climbs.push(format!("{module} imports from {other}"));
                }
            }
        }
        climbs
    }

    /// The files that import each other in a circle. A module may also import from the modules inside it.
    fn circles(&self) -> Vec<Vec<Module>> {
        let imports = self.imports();
        let is_within = |inner: &str, outer: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.starts_with("::"))
        };
        let reaches = |from: &str| {
            let mut found = BTreeSet::new();
            let mut open = vec![from];
            while let Some(module) = open.pop() {
                for other in &imports[module] {
                    let counts = !ROOT.contains(&other.as_str()) && !is_within(other, module);
                    if counts && found.insert(other.as_str()) {
                        open.push(other);
                    }
                }
            }
            found
        };
        let modules = imports.keys().filter(|module| !ROOT.contains(*module));
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            modules.map(|module| (*module, reaches(module))).collect();
        let mut circles: Vec<Vec<Module>> = Vec::new();
        for (module, reach) in &reached {
            if !reach.contains(module) || circles.iter().flatten().any(|known| known == module) {
                continue;
            }
            let back = |other: &&&str| reached[**other].contains(module);
            circles.push(
                reach
                    .iter()
                    .filter(back)
                    .map(|other| (*other).to_owned())
                    .collect(),
            );
        }
        circles
    }
}

impl File {
    fn parse(module: &str, text: &str) -> Self {
        let mut file = Self::default();
        let tree = syn::parse_file(text).unwrap_or_else(|error| panic!("{module}: {error}"));
        let mut reader = Reader {
            module: module
                .split("::")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            file: &mut file,
        };
        reader.visit_file(&tree);
        file
    }
}

struct Reader<'a> {
    module: Vec<String>,
    file: &'a mut File,
}

impl Reader<'_> {
    /// The path from the root of the crate; a path of another crate stays unchanged.
    fn absolute(&self, path: &[String]) -> Vec<String> {
        let up = path.iter().take_while(|name| *name == "super").count();
        let (from, rest) = match path.first().map(String::as_str) {
            Some("self") => (self.module.as_slice(), &path[1..]),
            Some("super") => (
                &self.module[..self.module.len().saturating_sub(up)],
                &path[up..],
            ),
            _ => return path.to_vec(),
        };
        let root = std::iter::once("crate".to_owned());
        root.chain(from.iter().chain(rest).cloned()).collect()
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree, is_export: bool) {
        let mut path = before.to_vec();
        let (name, path) = match tree {
            syn::UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                return self.tree(&path, &inner.tree, is_export);
            }
            syn::UseTree::Group(group) => {
                group
                    .items
                    .iter()
                    .for_each(|tree| self.tree(before, tree, is_export));
                return;
            }
            syn::UseTree::Glob(_) => {
                let path = self.absolute(&path);
                self.file.paths.insert(path);
                return;
            }
            syn::UseTree::Name(name) if name.ident == "self" => (path.last().cloned(), path),
            syn::UseTree::Name(name) => {
                path.push(name.ident.to_string());
                (path.last().cloned(), path)
            }
            syn::UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                (Some(rename.rename.to_string()), path)
            }
        };
        // `use self::a::B` and, in a module's own file, `use a::B`.
        let path = self.absolute(&path);
        let name = name.unwrap_or_default();
        self.file.paths.insert(path.clone());
        if is_export {
            self.file.exports.insert(name.clone(), path.clone());
        }
        self.file.names.insert(name, path);
    }
}

fn is_of_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => {
            list.path.is_ident("cfg") && list.tokens.to_string().contains("test")
        }
        _ => attribute.path().is_ident("test"),
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_of_tests(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_of_tests(&item.attrs) {
            syn::visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_export = !matches!(item.vis, syn::Visibility::Inherited);
        self.tree(&[], &item.tree, is_export);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|it| it.ident.to_string())
            .collect();
        let path_here = self.absolute(&names);
        self.file.paths.insert(path_here);
        syn::visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

#[test]
fn files_import_from_their_own_layer_and_lower_ones() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sea-orm-soft-delete/src");
    let library = Crate::read(&src);
    let climbs = library.climbs();
    assert!(climbs.is_empty(), "{}", climbs.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    for library in [
        "sea-orm-soft-delete",
        "sea-orm-soft-delete-macros",
        "sql-row-scope",
    ] {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{library}/src"));
        let circles = Crate::read(&src).circles();
        assert!(circles.is_empty(), "{library}: {circles:#?}");
    }
}

/// Makes a library of these modules.
fn library(modules: &[(&str, &str)]) -> Crate {
    let file = |(module, text): &(&str, &str)| ((*module).to_owned(), File::parse(module, text));
    Crate {
        files: modules.iter().map(file).collect(),
    }
}

#[test]
fn a_climb_is_found_through_a_re_export() {
    let library = library(&[
        ("", ""),
        ("entity", "use crate::family::Plan;"),
        ("family", "mod plan; pub(crate) use self::plan::Plan;"),
        ("family::plan", "pub struct Plan;"),
    ]);
    assert_eq!(library.climbs(), ["entity imports from family::plan"]);
}

#[test]
fn a_circle_is_found_but_not_between_a_parent_and_its_child() {
    let modules = [
        ("", ""),
        (
            "family",
            "mod a; mod b; use self::a::A; pub struct Family(A);",
        ),
        (
            "family::a",
            "use super::Family; use crate::family::b; pub struct A(b::B);",
        ),
        ("family::b", "pub struct B;"),
    ];
    assert_eq!(library(&modules).circles(), Vec::<Vec<Module>>::new());
    let mut circle = modules;
    circle[3].1 = "pub struct B; fn back(_: super::a::A) {}";
    assert_eq!(library(&circle).circles(), [["family::a", "family::b"]]);
}
