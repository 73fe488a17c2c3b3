// Drawn on a grid of 24, in the colour of the text around them. What they mean stands beside them.

const icon = (d: string) => () => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={d} />
  </svg>
);

export const PeopleIcon = icon(
  "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20a6.5 6.5 0 0 1 13 0M16 4.4a3.5 3.5 0 0 1 0 6.2M18.5 14.6a6.5 6.5 0 0 1 3 5.4",
);
export const MessagesIcon = icon("M4 5h16v11H10l-5 4v-4H4V5Z");
export const EventsIcon = icon("M4 6h16v14H4V6ZM4 10.5h16M8.5 3.5V8M15.5 3.5V8");
export const SessionsIcon = icon(
  "M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM8 16a5.6 5.6 0 0 1 0-8M16 8a5.6 5.6 0 0 1 0 8M5 19a10 10 0 0 1 0-14M19 5a10 10 0 0 1 0 14",
);
export const SignOutIcon = icon("M10 4H5v16h5M14.5 8l4 4-4 4M18 12H9.5");
export const SendIcon = icon("M4.5 12 4 4.5 20.5 12 4 19.5 4.5 12ZM4.5 12H12");
export const BackIcon = icon("M15 5l-7 7 7 7");
export const ForwardIcon = icon("M9 5l7 7-7 7");
export const CloseIcon = icon("M6 6l12 12M18 6 6 18");
export const PlusIcon = icon("M12 5v14M5 12h14");
export const SearchIcon = icon("M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16 16l4.5 4.5");
export const CheckIcon = icon("M5 12.5l4.5 4.5L19 7.5");
export const PlaceIcon = icon("M12 21s-6.5-5.6-6.5-11a6.5 6.5 0 0 1 13 0c0 5.4-6.5 11-6.5 11ZM12 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z");
export const TimeIcon = icon("M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2");
