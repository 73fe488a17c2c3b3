// Who is in the pictures, and what they have to do with each other.

export const PEOPLE = [
  { username: "maja", full_name: "Maja Lindqvist" },
  { username: "tomas", full_name: "Tomás Ferreira" },
  { username: "amina", full_name: "Amina Haddad" },
  { username: "jonas", full_name: "Jonas Weber" },
  { username: "priya", full_name: "Priya Raman" },
  { username: "yuki", full_name: "Yuki Tanaka" },
  { username: "eilidh", full_name: "Eilidh MacLeod" },
  { username: "sarah.levi", full_name: "שרה לוי" },
] as const;

export type Name = (typeof PEOPLE)[number]["username"];

interface Line {
  from: Name;
  to: Name;
  content: string;
  at: string;
  isRead: boolean;
}

const line = (at: string, from: Name, to: Name, content: string, isRead = true): Line => {
  return { at: `2027-06-${at}:00Z`, from, to, content, isRead };
};

export const CHAT: readonly Line[] = [
  line("13T17:02", "eilidh", "maja", "The hall is ours until midnight, I have it in writing."),
  line("14T08:15", "maja", "jonas", "Could you look at the projector before Friday?"),
  line("14T09:31", "jonas", "maja", "Done. It was the cable, as always."),
  line("15T19:20", "priya", "maja", "The new score is in the folder. Page 4 is the hard one."),
  line("15T19:44", "maja", "priya", "Thank you! I will practise page 4."),
  line("16T16:05", "tomas", "maja", "Hi Maja, are we still on for the supper?"),
  line("16T16:07", "maja", "tomas", "We are! Nineteen people so far."),
  line("16T16:08", "maja", "tomas", "Could you bring the long tables from the cellar?"),
  line("16T16:12", "tomas", "maja", "Both of them?"),
  line("16T16:13", "maja", "tomas", "Both, and the benches, if they fit into the van."),
  line("17T07:48", "tomas", "maja", "They fit. I also found the lanterns from last year, in a box that says “Easter”."),
  line("17T07:49", "tomas", "maja", "Shopping list so far:\n• bread\n• elderflower\n• more candles"),
  line("17T07:55", "maja", "tomas", "You are a treasure. I take the bread and the elderflower."),
  line("17T08:02", "tomas", "maja", "Then candles are mine. See you at six!"),
  line("17T09:58", "amina", "maja", "The choir would like to sing after the soup.", false),
  line("17T09:59", "amina", "maja", "Three songs, four at most. Is that all right?", false),
];

export const EVENTS = [
  {
    by: "eilidh",
    title: "Open workshop",
    description: "The wood workshop is open to everyone. Bring what is broken.",
    date: "2027-06-05T09:00:00Z",
    location: "Workshop, ground floor",
    with: ["eilidh", "jonas"],
  },
  {
    by: "priya",
    title: "Choir rehearsal",
    description: "Second half of the programme.",
    date: "2027-06-17T18:00:00Z",
    location: "Great hall",
    with: ["priya", "amina", "maja"],
  },
  {
    by: "maja",
    title: "Midsummer supper",
    description: "Long tables in the garden, soup and bread, and songs after it.\nBring a plate and somebody you like.",
    date: "2027-06-19T16:00:00Z",
    location: "The garden, 12 Station Road",
    with: ["maja", "tomas", "amina", "yuki"],
  },
  {
    by: "yuki",
    title: "Paper boats",
    description: "For children and those who were.",
    date: "2027-06-19T13:30:00Z",
    location: "By the pond",
    with: ["yuki"],
  },
  {
    by: "jonas",
    title: "Members’ meeting",
    description: "The accounts, the roof, and the question of the piano.",
    date: "2027-06-24T17:30:00Z",
    location: "Library",
    with: ["jonas", "maja"],
  },
  {
    by: "sarah.levi",
    title: "Film night: Playtime",
    description: "Starts when it is dark enough.",
    date: "2027-06-26T20:45:00Z",
    location: "Courtyard",
    with: ["sarah.levi"],
  },
] as const;

export const SESSIONS = [
  { by: "amina", name: "Choir rehearsal, sopranos", isLive: true, with: ["amina", "priya", "yuki"] },
  { by: "maja", name: "Kitchen planning", isLive: true, with: ["maja", "tomas"] },
  { by: "jonas", name: "Roof: questions and answers", isLive: false, with: ["eilidh"] },
  { by: "maja", name: "Story hour", isLive: false, with: [] },
] as const;
