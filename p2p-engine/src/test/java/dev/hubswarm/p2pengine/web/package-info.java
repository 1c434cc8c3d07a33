@NullMarked
package dev.hubswarm.p2pengine.web;

import org.jspecify.annotations.NullMarked;
