//! Counts the items of a PST by folder and class, for `tegu_mbox::pst::census`, which runs it on a copy.
//!
//! `tegu-pst-census COPY.pst` writes a line for each folder and class, `count`, path, class and number; a line
//! `problem` with a sentence for what it cannot read; and at last `end`. Fields are separated by tabs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is how it answers")]

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use outlook_pst::ltp::prop_context::PropertyValue;
use outlook_pst::ltp::table_context::TableContext;
use outlook_pst::messaging::folder::Folder;
use outlook_pst::messaging::store::Store;
use outlook_pst::ndb::node_id::NodeId;
use tegu_mbox::tree::encode_component;

/// Folders within folders; the library checks for no loops.
const MAX_DEPTH: usize = 64;

/// `PidTagMessageClass` ([MS-OXPROPS] 2.781).
const MESSAGE_CLASS: u16 = 0x001A;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [file] = arguments.as_slice() else {
        eprintln!("usage: tegu-pst-census COPY.pst");
        return ExitCode::from(2);
    };
    match count(file) {
        Ok(()) => {
            println!("end");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(1)
        }
    }
}

fn count(file: &PathBuf) -> io::Result<()> {
    let store = outlook_pst::open_store(file)?;
    let top = store.properties().ipm_sub_tree_entry_id()?;
    let top = store.open_folder(&top)?;
    folder(store.as_ref(), &top, &[], 0);
    Ok(())
}

fn folder(store: &dyn Store, folder: &Rc<dyn Folder>, path: &[String], depth: usize) {
    let shown = path.join("/");
    if !path.is_empty() {
        match folder.contents_table() {
            Some(table) => match classes(table.as_ref()) {
                Ok(classes) if classes.is_empty() => println!("count\t{shown}\tIPM.Note\t0"),
                Ok(classes) => classes
                    .iter()
                    .for_each(|(class, count)| println!("count\t{shown}\t{class}\t{count}")),
                Err(error) => problem(&shown, &error),
            },
            None => println!("count\t{shown}\tIPM.Note\t0"),
        }
    }
    let Some(children) = folder.hierarchy_table() else {
        return;
    };
    if depth == MAX_DEPTH {
        problem(&shown, &io::Error::other("too many folders within folders"));
        return;
    }
    for row in children.rows_matrix() {
        let node = NodeId::from(u32::from(row.id()));
        let child = store
            .properties()
            .make_entry_id(node)
            .and_then(|entry| store.open_folder(&entry))
            .and_then(|child| Ok((child.properties().display_name()?, child)));
        match child {
            Ok((name, child)) => {
                let path = [path, &[encode_component(&name)]].concat();
                self::folder(store, &child, &path, depth + 1);
            }
            Err(error) => problem(&shown, &error),
        }
    }
}

fn classes(table: &dyn TableContext) -> io::Result<BTreeMap<String, u64>> {
    let context = table.context();
    let column = context
        .columns()
        .iter()
        .position(|column| column.prop_id() == MESSAGE_CLASS);
    let mut classes = BTreeMap::new();
    for row in table.rows_matrix() {
        let columns = row.columns(context).map_err(io::Error::other)?;
        let class = column.and_then(|at| {
            let (value, kind) = (columns.get(at)?.as_ref()?, context.columns().get(at)?.prop_type());
            match table.read_column(value, kind).ok()? {
                PropertyValue::String8(text) => Some(text.to_string()),
                PropertyValue::Unicode(text) => Some(text.to_string()),
                _ => None,
            }
        });
        let class: String = class
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        *classes.entry(class).or_default() += 1;
    }
    Ok(classes)
}

fn problem(folder: &str, error: &io::Error) {
    let sentence: String = format!("folder {folder}: {error}")
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    println!("problem\t{sentence}");
}
