#!/usr/bin/env node
// Not built, so that npm finds something to link when it installs this repository.
import '../dist/cli/main.js';
