# Looks after processes, and the directory they work in, for a parent which may die without a word.
#
# $1 is the signal which stops the processes, $2 the directory, if there is one. Each line of input
# names the process group that runs from now on; an empty line says that none does. The end of the
# input means that the parent is done, or dead: then the processes are stopped and the directory is
# removed.

group=
while read -r line; do group=$line; done

if [ -n "$group" ]; then
    kill -s "$1" -- "-$group"
    tries=0
    while [ "$tries" -lt 100 ] && kill -s 0 -- "-$group"; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -s KILL -- "-$group"
fi 2>/dev/null

if [ -n "$2" ]; then rm -rf -- "$2"; fi
