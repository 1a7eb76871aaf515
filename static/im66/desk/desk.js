// What the pages of the desk do by themselves. They work without it.
