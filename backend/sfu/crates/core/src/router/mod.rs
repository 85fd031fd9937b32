//! A meeting's media on this worker: who publishes, who receives, and which packet goes to which slot.
//!
//! Pure: inputs are method calls with `now`, outputs are `Effect`s. It knows transports by number only, so
//! it is tested without any, and the same inputs give the same outputs, bit for bit.

mod audio;
mod congestion;
mod counts;
mod dynacast;
mod effect;
mod forward;
mod member;
mod playout;
mod publishing;
mod report;
mod video;
mod wants;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

pub use counts::Counts;
pub use effect::Effect;
pub use member::Member;
pub use publishing::Declared;

use congestion::Relief;

use crate::channel::{ServerMessage, SpeakerLevel, Want};
use crate::command::{Policy, RouterInventory, SlotInfo};
use crate::consumer::KeyframeThrottle;
use crate::event::Event;
use crate::ids::{LayerId, Mid, ProducerKey, RouterId};
use crate::packet::{Codecs, Kind, RtpOut};
use crate::producer::Producer;
use crate::speaker::Speakers;
use crate::transport::TransportKey;
use crate::units::Bps;

/// How often speakers are ranked and key frames are asked for again.
const TICK: Duration = Duration::from_millis(50);
/// How often bandwidth is shared out anew when nothing else calls for it.
const ALLOCATION: Duration = Duration::from_millis(200);

/// A meeting's media.
#[derive(Debug)]
pub struct Router {
    id: RouterId,
    members: BTreeMap<TransportKey, Member>,
    producers: BTreeMap<ProducerKey, Producer>,
    by_mid: BTreeMap<(TransportKey, Mid), ProducerKey>,
    next_producer: u64,
    speakers: Speakers,
    told_speakers: Vec<SpeakerLevel>,
    key_frames: KeyframeThrottle,
    /// The layers whose key frames slots waited for at the last tick.
    awaited: BTreeSet<LayerId>,
    /// Clients that did not get what they were told.
    untold: BTreeSet<TransportKey>,
    effects: VecDeque<Effect>,
    ticked: Option<Instant>,
    allocate_at: Option<Instant>,
    /// Members who have less than they were given, and do not wait for that.
    poorer: BTreeSet<TransportKey>,
    /// Packets that could not be read.
    malformed: u64,
    /// Reused by every packet.
    outgoing: Vec<RtpOut>,
}

impl Router {
    /// An empty router.
    #[must_use]
    pub fn new(id: RouterId) -> Self {
        Self {
            id,
            members: BTreeMap::new(),
            producers: BTreeMap::new(),
            by_mid: BTreeMap::new(),
            next_producer: 1,
            speakers: Speakers::default(),
            told_speakers: Vec::new(),
            key_frames: KeyframeThrottle::default(),
            awaited: BTreeSet::new(),
            untold: BTreeSet::new(),
            effects: VecDeque::new(),
            ticked: None,
            allocate_at: None,
            poorer: BTreeSet::new(),
            malformed: 0,
            outgoing: Vec::new(),
        }
    }

    /// Takes a transport in. What it published elsewhere is published again by the caller.
    pub fn attach(&mut self, key: TransportKey, mut member: Member, now: Instant) {
        member.news = true;
        for slot in &mut member.slots {
            slot.rewriter.unbind();
            slot.selector.reset();
            slot.target = None;
        }
        member.release_voices();
        if member.channel_open && member.policy.subscribe {
            // Also when nobody speaks: it still shows the speakers of the room before.
            let message = ServerMessage::Speakers { speakers: self.told_speakers.clone() };
            self.effects.push_back(Effect::Channel { to: key, message });
        }
        self.members.insert(key, member);
        self.resolve_wants(key, now);
    }

    /// Lets a transport go, with everything it published.
    pub fn detach(&mut self, key: TransportKey, now: Instant) -> Option<Member> {
        self.close_producers(key, now);
        self.members.remove(&key)
    }

    /// Lets a transport go to another router: what it published goes along, so nobody is told that it ended.
    pub fn detach_silently(&mut self, key: TransportKey, now: Instant) -> Option<Member> {
        let waiting = std::mem::take(&mut self.effects);
        self.close_producers(key, now);
        self.effects.retain(|effect| !matches!(effect, Effect::Event(Event::ProducerClosed { .. })));
        let during = std::mem::replace(&mut self.effects, waiting);
        self.effects.extend(during);
        self.members.remove(&key)
    }

    /// Whether it waits for its first tick.
    #[must_use]
    pub fn never_ticked(&self) -> bool {
        self.ticked.is_none() && !self.members.is_empty()
    }

    /// The transport's member.
    #[must_use]
    pub fn member(&self, key: TransportKey) -> Option<&Member> {
        self.members.get(&key)
    }

    /// The transports attached here.
    pub fn transports(&self) -> impl Iterator<Item = TransportKey> + '_ {
        self.members.keys().copied()
    }

    /// Whether nothing is attached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Producers now.
    #[must_use]
    pub fn producer_count(&self) -> usize {
        self.producers.len()
    }

    /// Bound slots now.
    #[must_use]
    pub fn consumer_count(&self) -> usize {
        self.members.values().map(Member::bound_slots).sum()
    }

    /// What it counted so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        Counts {
            key_frames_asked: self.key_frames.sent(),
            key_frames_held_back: self.key_frames.suppressed(),
            malformed: self.malformed,
        }
    }

    /// Takes the receive slots of an answer, each with the codecs that its receiver takes there.
    pub fn set_slots(&mut self, key: TransportKey, slots: &[(SlotInfo, Codecs)], now: Instant) {
        let Some(member) = self.members.get_mut(&key) else { return };
        member.set_slots(slots);
        // Places among the slots may have changed.
        for producer in self.producers.values_mut() {
            producer.takers.retain(|(receiver, _)| *receiver != key);
        }
        let Some(member) = self.members.get(&key) else { return };
        for (place, slot) in member.slots.iter().enumerate() {
            for (producer_key, producer) in &mut self.producers {
                if slot.takes(*producer_key) {
                    producer.add_taker(key, place);
                }
            }
        }
        self.resolve_wants(key, now);
    }

    /// Takes what a client wants to see. False when a newer want is known.
    pub fn want(&mut self, key: TransportKey, want: Want, now: Instant) -> bool {
        let accepted = self.members.get_mut(&key).is_some_and(|member| member.accept_want(want));
        if accepted {
            self.resolve_wants(key, now);
        }
        accepted
    }

    /// Takes what a participant may do.
    pub fn set_policy(&mut self, key: TransportKey, policy: Policy, now: Instant) {
        let Some(member) = self.members.get_mut(&key) else { return };
        member.policy = policy;
        self.close_forbidden(key, now);
        self.resolve_wants(key, now);
    }

    /// Media may flow to a transport (connected, not dark) or not. When it may again, pictures restart.
    pub fn set_flowing(&mut self, key: TransportKey, flowing: bool, now: Instant) {
        let Some(member) = self.members.get_mut(&key) else { return };
        if member.flowing == flowing {
            return;
        }
        member.flowing = flowing;
        if !flowing {
            return;
        }
        for slot in &mut member.slots {
            slot.rewriter.restart();
        }
        self.allocate_at = Some(now);
        self.ask_for_key_frames(key, now);
    }

    /// A new estimate of the path to a client.
    pub fn estimate(&mut self, key: TransportKey, estimate: Bps) {
        let Some(member) = self.members.get_mut(&key) else { return };
        if estimate == member.estimate {
            return;
        }
        let fell = estimate < member.estimate;
        member.estimate = estimate;
        member.news = true;
        if fell {
            self.poorer.insert(key);
        }
    }

    /// A slot's packets wait too long to be sent: let the path breathe and resume on a key frame.
    pub fn congested(&mut self, key: TransportKey, slot: Mid, now: Instant) {
        let Some(member) = self.members.get_mut(&key) else { return };
        let waiting = member.slots.iter_mut().find(|known| known.mid == slot && known.kind == Kind::Video);
        let flows = |slot: &&mut member::Slot| slot.shows().is_some() && slot.rewriter.wanted().is_none();
        let Some(slot) = waiting.filter(flows) else { return };
        member.news = true;
        match slot.congestion.relieve(now) {
            Relief::Restart => {
                slot.rewriter.restart();
                self.ask_for_key_frames(key, now);
            }
            Relief::Silence => slot.starve(),
        }
    }

    /// When [`Router::handle_timeout`] has something to do.
    #[must_use]
    pub fn next_timeout(&self, now: Instant) -> Option<Instant> {
        if self.members.is_empty() {
            return None;
        }
        let tick = self.ticked.map(|at| at + TICK);
        let poorer = (!self.poorer.is_empty()).then_some(now);
        [tick, self.allocate_at, poorer, self.key_frames.next_due(now)].into_iter().flatten().min()
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.ticked.is_none_or(|at| now >= at + TICK) {
            self.ticked = Some(now);
            self.rank_speakers(now);
            self.repeat_key_frames(now);
            self.tell_again();
        }
        if self.allocate_at.is_none_or(|at| now >= at) {
            self.allocate_at = Some(now + ALLOCATION);
            self.poorer.clear();
            self.allocate_all(now);
            self.set_playout_delays(now);
            self.publish_wanted_layers(now);
        }
        for key in std::mem::take(&mut self.poorer) {
            self.allocate_one(key, now);
        }
        self.poll_key_frames(now);
        self.tell_news(now);
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// What runs here, in the controller's words.
    #[must_use]
    pub fn inventory(&self, state: impl Fn(TransportKey) -> crate::event::TransportState) -> RouterInventory {
        let transports =
            self.members.iter().map(|(key, member)| self.member_inventory(*key, member, state(*key)));
        RouterInventory { router_id: self.id.clone(), transports: transports.collect() }
    }
}
