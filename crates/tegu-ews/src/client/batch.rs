//! Several things in one request, in batches that the server can take.

use super::Mailbox;
use crate::{
    Error, ErrorKind, Item, ItemId, Limits, Problem, Request, Result,
    item::Attached,
    request::ItemShape,
    response::{self, Answer, Reaction},
    xml::Raw,
};
use std::collections::VecDeque;

impl Mailbox {
    /// Reads items. There is one result for each identity, in order: a problem of one item leaves the others alone.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask), for what concerns all items.
    pub async fn get(&self, items: &[ItemId], shape: &ItemShape) -> Result<Vec<Result<Item, Problem>>> {
        let request = |some: &[ItemId]| Request::GetItem {
            items: some.to_vec(),
            shape: shape.clone(),
        };
        self.in_batches(items, request, response::items).await
    }

    /// Reads attachments, one in each request.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn attachments(&self, ids: &[String]) -> Result<Vec<Result<Attached, Problem>>> {
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            let request = |some: &[String]| Request::GetAttachment {
                attachments: some.to_vec(),
            };
            all.extend(
                self.in_batches(std::slice::from_ref(id), request, response::attachments)
                    .await?,
            );
        }
        Ok(all)
    }

    async fn in_batches<A, T>(
        &self,
        all: &[A],
        request: impl Fn(&[A]) -> Request,
        read: impl Fn(&Raw, &Limits) -> Result<Answer<T>>,
    ) -> Result<Vec<Result<T, Problem>>> {
        let tuning = &self.ews.shared.tuning;
        let backoff = self.ews.shared.options.backoff;
        let mut results: Vec<Option<Result<T, Problem>>> = all.iter().map(|_| None).collect();
        // Ranges that are still to be asked for, with the attempts that failed.
        let mut todo = VecDeque::from([(0, all.len(), 0_u32)]);
        while let Some((start, end, failed)) = todo.pop_front() {
            let some = end.min(start + tuning.batch());
            if some < end {
                todo.push_front((some, end, failed));
            }
            let Some(asked) = all.get(start..some).filter(|asked| !asked.is_empty()) else {
                continue;
            };
            match self.ask(&request(asked), &read).await {
                Ok(answer) if answer.parts.len() == asked.len() => {
                    let (mut pause, mut late) = (None, Vec::new());
                    for (at, part) in (start..).zip(answer.parts) {
                        match part {
                            // It is not about the item: the batch took too long.
                            Err(problem)
                                if problem.reaction() == Reaction::SmallerBatch && asked.len() > 1 =>
                            {
                                late.push(at);
                            }
                            Err(problem)
                                if problem.reaction().is_passing() && failed + 1 < backoff.attempts =>
                            {
                                pause = pause.max(problem.back_off.or(backoff.delay(failed + 1, None)));
                                let busy = problem.reaction() == Reaction::Wait;
                                todo.push_back((at, at + 1, if busy { failed } else { failed + 1 }));
                            }
                            part => {
                                if let Some(result) = results.get_mut(at) {
                                    *result = Some(part);
                                }
                            }
                        }
                    }
                    if !late.is_empty() {
                        tuning.smaller_batch(asked.len());
                        runs(&mut todo, &late, failed);
                    }
                    if let Some(pause) = pause {
                        tuning.wait(super::mailbox::pause(Some(pause))).await;
                    }
                }
                Ok(_) if asked.len() > 1 => halve(&mut todo, start, some),
                Ok(_) => set(
                    &mut results,
                    start,
                    Problem::ours("the answer does not hold what was asked for"),
                ),
                Err(error) if concerns_items(&error) && asked.len() > 1 => {
                    if is_slow(&error) {
                        tuning.smaller_batch(asked.len());
                    }
                    halve(&mut todo, start, some);
                }
                Err(error) if concerns_items(&error) => {
                    let problem = error.find_source::<Problem>().cloned();
                    set(
                        &mut results,
                        start,
                        problem.unwrap_or_else(|| Problem::ours(&error.to_string())),
                    );
                }
                Err(error) => return Err(error),
            }
        }
        let unanswered = || Err(Problem::ours("the server gave no answer"));
        Ok(results
            .into_iter()
            .map(|result| result.unwrap_or_else(unanswered))
            .collect())
    }
}

fn set<T>(results: &mut [Option<Result<T, Problem>>], at: usize, problem: Problem) {
    if let Some(result) = results.get_mut(at) {
        *result = Some(Err(problem));
    }
}

fn halve(todo: &mut VecDeque<(usize, usize, u32)>, start: usize, end: usize) {
    let middle = start + (end - start) / 2;
    todo.push_front((middle, end, 0));
    todo.push_front((start, middle, 0));
}

/// Asks for places again, those side by side together.
fn runs(todo: &mut VecDeque<(usize, usize, u32)>, places: &[usize], failed: u32) {
    for run in places.chunk_by(|a, b| a + 1 == *b).rev() {
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            todo.push_front((*first, last + 1, failed));
        }
    }
}

/// Whether an error may come from one of the items, so that the others have a chance without it.
fn concerns_items(error: &Error) -> bool {
    let reaction = Problem::reaction_to(error);
    match reaction {
        Some(Reaction::SmallerBatch | Reaction::Damaged | Reaction::Gone | Reaction::Retry) => true,
        Some(_) => false,
        None => matches!(
            error.kind(),
            ErrorKind::Malformed | ErrorKind::Limit | ErrorKind::Timeout | ErrorKind::Protocol
        ),
    }
}

fn is_slow(error: &Error) -> bool {
    error.kind() == ErrorKind::Timeout
}
